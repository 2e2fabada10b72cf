//! Error messages for the failures and error replies of a Redis server.

use std::io;

use redis::{ErrorKind, RedisError};
use tokio_rustls::rustls;

use super::ServerError;
use crate::token::secret::scrub;

/// The length limit of a quoted reply.
const LONGEST_TEXT: usize = 200;

/// Returns the error of a failed call, without the `secrets`.
pub(super) fn of_call(error: &RedisError, secrets: &[&str]) -> ServerError {
    match error.kind() {
        ErrorKind::Server(_) | ErrorKind::Extension => {
            let code = error.code().unwrap_or_default();
            of_reply(code, error.detail().unwrap_or_default(), secrets)
        }
        ErrorKind::Io => ServerError::Unavailable(format!(
            "the connection was lost ({error}): check whether the server runs, and \
             whether it speaks TLS on this port (rediss://) or not (redis://)"
        )),
        // Without the received bytes.
        ErrorKind::Parse => ServerError::Unavailable(
            "its reply is incomplete, or not one of Redis: check whether the server runs, \
             whether host and port are right, and whether it speaks TLS on this port \
             (rediss://) or not (redis://)"
                .to_owned(),
        ),
        _ => ServerError::Rejected(
            "its reply is not one that Redis sends to this command".to_owned(),
        ),
    }
}

/// Returns the error of a connection that could not be opened.
pub(super) fn of_connecting(error: &io::Error) -> ServerError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        Some(tls) => of_certificates(tls),
        None => ServerError::Unavailable(format!(
            "it cannot be reached ({error}): check whether it runs, and whether host and \
             port are right"
        )),
    }
}

/// Returns the error of a failed TLS handshake.
pub(super) fn of_certificates(error: &rustls::Error) -> ServerError {
    ServerError::Rejected(match error {
        rustls::Error::InvalidCertificate(reason) => format!(
            "its certificate is not trusted ({reason:?}): use the host name of the certificate, \
             and if a private authority has issued it, pass that authority's certificate to \
             Redis::root_certificates"
        ),
        _ => format!(
            "the TLS handshake failed ({error}): check whether it speaks TLS on this \
             port, or write redis://"
        ),
    })
}

/// A known error reply.
struct ErrorReply {
    /// The code; or, because the error of a script has the code `ERR` and the actual code
    /// in its text, a part of that text.
    pattern: &'static str,
    /// Whether the error is transient, such as that of a server which is starting.
    transient: bool,
    advice: &'static str,
}

const fn transient(pattern: &'static str, advice: &'static str) -> ErrorReply {
    ErrorReply {
        pattern,
        transient: true,
        advice,
    }
}

const fn permanent(pattern: &'static str, advice: &'static str) -> ErrorReply {
    ErrorReply {
        pattern,
        transient: false,
        advice,
    }
}

const CLUSTER: &str = "this is a node of a cluster, and another node has the name: use an \
     endpoint that hides the cluster (a proxy; at Azure, the Enterprise clustering policy)";
const PERMISSIONS: &str = "its user may not do this: allow GET, SET, DEL and EVAL on the \
     names with the store's prefix, and SELECT for a database other than 0";
const REPLICA: &str = "this is a replica, which accepts no writes: use the primary's address, \
     or a name that follows the primary";

const ERROR_REPLIES: [ErrorReply; 22] = [
    transient("LOADING", "it has just started and is loading its data"),
    transient("MASTERDOWN", "its primary is unavailable"),
    transient("CLUSTERDOWN", "its cluster is not complete"),
    transient("TRYAGAIN", "its cluster is moving data"),
    transient("BUSY", "a script of another client keeps it busy"),
    transient(
        "max number of clients",
        "it has reached its maximum number of clients: raise its maxclients",
    ),
    permanent(
        "WRONGPASS",
        "it does not accept the user or the password: correct them in the URL",
    ),
    permanent(
        "invalid password",
        "it does not accept the password: correct it in the URL",
    ),
    permanent(
        "without any password configured",
        "its default user has no password: remove the password from the URL, or add its \
         user",
    ),
    permanent(
        "NOAUTH",
        "it requires a password: add it to the URL as user:password@ or :password@",
    ),
    permanent("NOPERM", PERMISSIONS),
    permanent("ACL failure in script", PERMISSIONS),
    permanent("The user executing the script", PERMISSIONS),
    permanent(
        "DENIED",
        "it is in protected mode: give it a password, or bind it to loopback only",
    ),
    permanent(
        "OOM",
        "its memory is full: raise its maxmemory, or use a separate server for tokens",
    ),
    permanent(
        "MISCONF",
        "it cannot write to its disk and accepts no writes: check its disk and its log",
    ),
    permanent(
        "NOREPLICAS",
        "too few of its replicas are available, and it accepts no writes: check its replicas, \
         or lower its min-replicas-to-write",
    ),
    permanent("READONLY", REPLICA),
    permanent("MOVED", CLUSTER),
    permanent("ASK", CLUSTER),
    permanent(
        "WRONGTYPE",
        "the value of this name is not a record: choose another prefix, or \
         delete it",
    ),
    permanent(
        "DB index is out of range",
        "it has no database of this number: correct it in the URL (a cluster has 0 only)",
    ),
];

/// Returns the error of an error reply.
fn of_reply(code: &str, detail: &str, secrets: &[&str]) -> ServerError {
    // Servers quote an unknown command with its arguments.
    let detail = detail.split("with args beginning with").next();
    let detail = detail.unwrap_or_default();
    let known = ERROR_REPLIES
        .iter()
        .find(|known| known.pattern == code || (code == "ERR" && detail.contains(known.pattern)));
    let reply = scrub(&format!("{code} {detail}"), secrets);
    let reply: String = reply.trim().chars().take(LONGEST_TEXT).collect();
    match known {
        Some(known) if known.transient => {
            ServerError::Unavailable(format!("{} (its reply: {reply})", known.advice))
        }
        Some(known) => ServerError::Rejected(format!("{} (its reply: {reply})", known.advice)),
        None => ServerError::Rejected(format!("it rejected the command ({reply})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(line: &str) -> ServerError {
        let reply = redis::parse_redis_value(line.as_bytes()).unwrap();
        let error = reply.extract_error().unwrap_err();
        of_call(&error, &["canary-password"])
    }

    #[test]
    fn transient_errors_are_unavailable_and_the_rest_is_rejected_with_advice() {
        for (line, transient, advice) in [
            ("-LOADING Redis is loading", true, "just started"),
            ("-MASTERDOWN Link with MASTER is down", true, "primary"),
            ("-CLUSTERDOWN The cluster is down", true, "cluster"),
            ("-TRYAGAIN Multiple keys", true, "cluster"),
            ("-BUSY Redis is busy running a script", true, "script"),
            ("-ERR max number of clients reached", true, "maxclients"),
            ("-WRONGPASS invalid username-password pair", false, "URL"),
            ("-ERR invalid password", false, "URL"),
            (
                "-ERR AUTH <password> called without any password configured",
                false,
                "remove the password",
            ),
            ("-NOAUTH Authentication required.", false, ":password@"),
            ("-NOPERM this user has no permissions", false, "EVAL"),
            ("-DENIED Redis is running in protected mode", false, "bind"),
            ("-OOM command not allowed", false, "maxmemory"),
            (
                "-ERR Error running script (call to f_1): @user_script: 1: -OOM command",
                false,
                "maxmemory",
            ),
            ("-MISCONF Redis is configured to save", false, "disk"),
            ("-NOREPLICAS Not enough good replicas", false, "replicas"),
            ("-READONLY You can't write", false, "primary"),
            ("-MOVED 1 127.0.0.1:2", false, "proxy"),
            ("-ASK 1 127.0.0.1:2", false, "proxy"),
            ("-WRONGTYPE Operation against a key", false, "prefix"),
            ("-ERR DB index is out of range", false, "database"),
            ("-ERR something else", false, "something else"),
            ("-NEWCODE of a later release", false, "later release"),
        ] {
            let (unavailable, text) = match error_of(&format!("{line}\r\n")) {
                ServerError::Unavailable(text) => (true, text),
                ServerError::Rejected(text) => (false, text),
            };
            assert_eq!(unavailable, transient, "{line}: {text}");
            assert!(text.contains(advice), "{line}: {text}");
        }
    }

    #[test]
    fn an_error_reply_that_quotes_the_command_is_cut_and_shows_no_secret() {
        for line in [
            "-ERR unknown command 'AUTH', with args beginning with: 'me' 'canary-passwor",
            "-ERR what is canary-password\u{1b}[2J?",
            &format!("-ERR {}", "a".repeat(100_000)),
        ] {
            let (ServerError::Unavailable(text) | ServerError::Rejected(text)) =
                error_of(&format!("{line}\r\n"));
            assert!(!text.contains("canary"), "{text}");
            assert!(!text.contains('\u{1b}') && text.len() < 300, "{text}");
        }
    }
}
