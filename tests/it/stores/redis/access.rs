//! Passwords, permissions and certificates.

use perspio_auth::store;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::authority::Authority;

use super::*;

/// Returns the error of a read, which contains no password.
async fn read_error(store: &RedisStore) -> String {
    let error = store.read(&key("a")).await.unwrap_err();
    let shown = format!("{error} {error:?} {store:?}");
    assert!(!shown.contains("password-of"), "{shown}");
    error.to_string()
}

#[tokio::test]
async fn a_server_accepts_only_the_right_password() {
    let redis = Redis::start(&["--requirepass", "password-of-all"]);
    let address = redis.server.address();
    let right = redis.store_at(format_args!(":password-of-all@{address}"));
    put(&right, &key("a"), "a").await;
    let named = redis.store_at(format_args!("default:password%2Dof-all@{address}"));
    assert_eq!(token(&named, &key("a")).await.as_deref(), Some("a"));
    let wrong = redis.store_at(format_args!(":password-of-none@{address}"));
    let error = read_error(&wrong).await;
    assert!(
        error.contains("does not accept the user or the password"),
        "{error}"
    );
    let error = read_error(&redis.store()).await;
    assert!(error.contains("requires a password"), "{error}");
}

#[tokio::test]
async fn a_password_for_a_server_without_one_is_an_error_that_says_so() {
    let redis = Redis::start(&[]);
    let store = redis.store_at(format_args!(":password-of-all@{}", redis.server.address()));
    let error = read_error(&store).await;
    assert!(
        error.contains("remove the password from the URL"),
        "{error}"
    );
    // The same store continues after the password has changed on the server.
    let () = redis
        .run(&["CONFIG", "SET", "requirepass", "password-of-all"])
        .await;
    assert_eq!(token(&store, &key("a")).await, None);
}

#[tokio::test]
async fn the_documented_permissions_are_sufficient_and_necessary() {
    const NEEDED: [&str; 4] = ["+get", "+set", "+del", "+eval"];
    let redis = Redis::start(&["--databases", "2"]);
    let allow = async |permissions: &[&str]| {
        let user = "ACL SETUSER me reset on >password-of-me ~oauth-tokens:*";
        let words: Vec<_> = user.split(' ').chain(permissions.iter().copied()).collect();
        let () = redis.run(&words).await;
    };
    let address = format!("me:password-of-me@{}", redis.server.address());
    allow(&NEEDED).await;
    conformance::check(|| async { redis.store_at(&address) }).await;
    let error = read_error(&redis.store_at(&address).prefix("other")).await;
    assert!(error.contains("may not do this"), "{error}");
    let error = read_error(&redis.store_at(format_args!("{address}/1"))).await;
    assert!(error.contains("SELECT"), "{error}");
    for missing in NEEDED {
        let rest: Vec<_> = NEEDED.into_iter().filter(|name| *name != missing).collect();
        allow(&rest).await;
        let store = redis.store_at(&address);
        let outcome = async {
            assert!(store.replace(&key("a"), None, record("a")).await?);
            let found = store.read(&key("a")).await?.unwrap();
            store.delete(&key("a"), found.revision).await
        };
        let error = outcome.await.unwrap_err().to_string();
        assert!(
            error.contains("allow GET, SET, DEL and EVAL"),
            "{missing}: {error}"
        );
        let name = store.name(&key("a"));
        let _: i64 = redis.run(&["DEL", &name]).await;
    }
    let error = read_error(&redis.store_at(address.replace("-of-me", "-of-you"))).await;
    assert!(error.contains("does not accept the user"), "{error}");
}

impl Authority {
    /// Starts a server with the certificate and a password.
    fn start_redis(&self) -> Redis {
        Redis::start_with(|port| {
            let file = |name| self.file(name).display().to_string();
            [
                ["--port", "0"],
                ["--tls-port", &port.to_string()],
                ["--tls-cert-file", &file("server.pem")],
                ["--tls-key-file", &file("key.pem")],
                ["--tls-ca-cert-file", &file("server.pem")],
                ["--tls-auth-clients", "no"],
                ["--requirepass", "password-of-all"],
            ]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect()
        })
    }

    fn server(redis: &Redis) -> store::Redis {
        let url = format!("rediss://:password-of-all@{}", redis.server.address());
        store::Redis::new(&SecretString::from(url)).unwrap()
    }

    /// Opens a store that trusts this authority.
    fn store(&self, redis: &Redis) -> RedisStore {
        let server = Self::server(redis);
        let server = server.root_certificates(self.certificate.as_bytes());
        RedisStore::new(server.unwrap(), redis.key())
    }
}

#[tokio::test]
async fn a_server_with_tls_needs_a_trusted_certificate() {
    let authority = Authority::for_server("127.0.0.1");
    let redis = authority.start_redis();
    conformance::check(|| async { authority.store(&redis) }).await;
    for stranger in [
        Authority::for_server("127.0.0.1").store(&redis),
        // With the certificates that this machine trusts.
        RedisStore::new(Authority::server(&redis), redis.key()),
    ] {
        let error = read_error(&stranger).await;
        assert!(error.contains("not trusted"), "{error}");
        assert!(error.contains("root_certificates"), "{error}");
    }
}

#[tokio::test]
async fn a_certificate_of_another_host_is_not_trusted() {
    let authority = Authority::for_server("elsewhere.example");
    let redis = authority.start_redis();
    let error = read_error(&authority.store(&redis)).await;
    assert!(
        error.contains("use the host name of the certificate"),
        "{error}"
    );
}

#[tokio::test]
async fn tls_on_one_side_only_or_another_protocol_is_an_error_that_says_so() {
    let authority = Authority::for_server("127.0.0.1");
    let encrypted = authority.start_redis();
    let error = read_error(&encrypted.store()).await;
    assert!(error.contains("rediss://"), "{error}");
    let response = b"HTTP/1.1 400 Bad Request\r\n\r\n";
    for (scheme, expected) in [("redis", "not one of Redis"), ("rediss", "write redis://")] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{scheme}://{}", listener.local_addr().unwrap());
        let server = store::Redis::new(&SecretString::from(url)).unwrap();
        let responds = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(response).await.unwrap();
            stream
        };
        let store = RedisStore::new(server, encrypted.key());
        let (_stream, error) = tokio::join!(responds, read_error(&store));
        assert!(error.contains(expected), "{error}");
    }
}
