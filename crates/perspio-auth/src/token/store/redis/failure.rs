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
            of_answer(code, error.detail().unwrap_or_default(), secrets)
        }
        ErrorKind::Io => ServerError::Away(format!(
            "the connection was lost ({error}): see whether the server runs, and \
             whether it speaks TLS on this port (rediss://) or not (redis://)"
        )),
        // Without the received bytes.
        ErrorKind::Parse => ServerError::Away(
            "its reply is incomplete, or not one of Redis: check whether the server runs, \
             whether host and port are right, and whether it speaks TLS on this port \
             (rediss://) or not (redis://)"
                .to_owned(),
        ),
        _ => {
            ServerError::Refused("its reply is not one that Redis sends to this command".to_owned())
        }
    }
}

/// Returns the error of a connection that could not be opened.
pub(super) fn of_connecting(error: &io::Error) -> ServerError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        Some(tls) => of_certificates(tls),
        None => ServerError::Away(format!(
            "it cannot be reached ({error}): see whether it runs, and whether host and \
             port are right"
        )),
    }
}

/// Returns the error of a failed TLS handshake.
pub(super) fn of_certificates(error: &rustls::Error) -> ServerError {
    ServerError::Refused(match error {
        rustls::Error::InvalidCertificate(reason) => format!(
            "its certificate is not trusted ({reason:?}): name it as the certificate does, \
             and if a private authority has issued it, give that authority's certificate \
             (Redis::root_certificates)"
        ),
        _ => format!(
            "TLS could not be agreed on ({error}): see whether it speaks TLS on this \
             port, or write redis://"
        ),
    })
}

/// A known error reply.
struct Answer {
    /// Its code; or, because the error of a script has the code `ERR` and the actual code
    /// in its text, a part of that text.
    sign: &'static str,
    /// Whether it is transient, as while a server starts.
    passes: bool,
    advice: &'static str,
}

const fn transient(sign: &'static str, advice: &'static str) -> Answer {
    Answer {
        sign,
        passes: true,
        advice,
    }
}

const fn permanent(sign: &'static str, advice: &'static str) -> Answer {
    Answer {
        sign,
        passes: false,
        advice,
    }
}

const CLUSTER: &str = "this is a node of a cluster, and another node has the name: use an \
     endpoint that hides the cluster (a proxy; at Azure, the Enterprise clustering policy)";
const PERMISSIONS: &str = "its user may not do this: allow GET, SET, DEL and EVAL on the \
     names with the store's prefix, and SELECT for a database other than 0";
const REPLICA: &str = "this is a replica, which takes nothing: use the primary's address, \
     or a name that follows the primary";

const ANSWERS: [Answer; 22] = [
    transient("LOADING", "it has just started and reads its data"),
    transient("MASTERDOWN", "its primary is unavailable"),
    transient("CLUSTERDOWN", "its cluster is not complete"),
    transient("TRYAGAIN", "its cluster moves data"),
    transient("BUSY", "a script of another client keeps it busy"),
    transient(
        "max number of clients",
        "it has as many clients as it takes: raise its maxclients",
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
        "it has no password for the default user: leave it out of the URL, or name its \
         user there",
    ),
    permanent(
        "NOAUTH",
        "it asks for a password: write it into the URL, user:password@ or :password@",
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
        "its memory is full: raise its maxmemory, or give the tokens a server of their own",
    ),
    permanent(
        "MISCONF",
        "it cannot write to its disk and takes nothing: see to its disk and its log",
    ),
    permanent(
        "NOREPLICAS",
        "too few of its replicas are there, and it takes nothing: see to its replicas, or \
         lower its min-replicas-to-write",
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
fn of_answer(code: &str, detail: &str, secrets: &[&str]) -> ServerError {
    // Servers quote an unknown command with its arguments.
    let detail = detail.split("with args beginning with").next();
    let detail = detail.unwrap_or_default();
    let known = ANSWERS
        .iter()
        .find(|known| known.sign == code || (code == "ERR" && detail.contains(known.sign)));
    let said = scrub(&format!("{code} {detail}"), secrets);
    let said: String = said.trim().chars().take(LONGEST_TEXT).collect();
    match known {
        Some(known) if known.passes => {
            ServerError::Away(format!("{} (it said: {said})", known.advice))
        }
        Some(known) => ServerError::Refused(format!("{} (it said: {said})", known.advice)),
        None => ServerError::Refused(format!("it rejected the command ({said})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(line: &str) -> ServerError {
        let reply = redis::parse_redis_value(line.as_bytes()).unwrap();
        let error = reply.extract_error().unwrap_err();
        of_call(&error, &["canary-password"])
    }

    #[test]
    fn what_passes_by_itself_is_away_and_the_rest_is_refused_with_what_to_do() {
        for (line, passes, advice) in [
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
                "leave it out",
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
            let (away, text) = match answered(&format!("{line}\r\n")) {
                ServerError::Away(text) => (true, text),
                ServerError::Refused(text) => (false, text),
            };
            assert_eq!(away, passes, "{line}: {text}");
            assert!(text.contains(advice), "{line}: {text}");
        }
    }

    #[test]
    fn an_answer_that_repeats_what_it_was_sent_shows_no_secret_and_stays_short() {
        for line in [
            "-ERR unknown command 'AUTH', with args beginning with: 'me' 'canary-passwor",
            "-ERR what is canary-password\u{1b}[2J?",
            &format!("-ERR {}", "a".repeat(100_000)),
        ] {
            let (ServerError::Away(text) | ServerError::Refused(text)) =
                answered(&format!("{line}\r\n"));
            assert!(!text.contains("canary"), "{text}");
            assert!(!text.contains('\u{1b}') && text.len() < 300, "{text}");
        }
    }
}
