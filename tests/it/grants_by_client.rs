//! The three grants with the generated client, and with the middleware alone.

use perspio::Client;
use perspio_auth::{AuthMiddleware, TokenSource};
use perspio_sandbox::Sandbox;

use crate::sign_in::{Opened, form, sign_in};
use crate::support;

/// A client that calls the API.
enum Caller {
    Generated(Client),
    Middleware(reqwest_middleware::ClientWithMiddleware),
}

impl Caller {
    fn generated(sandbox: &Sandbox, source: TokenSource) -> Self {
        let builder = support::builder(sandbox, &[]).token_source(source);
        Self::Generated(builder.build().unwrap())
    }

    fn middleware(sandbox: &Sandbox, source: TokenSource) -> Self {
        let middleware = AuthMiddleware::new(&support::profile(sandbox), source).unwrap();
        let client = reqwest_middleware::ClientBuilder::new(support::local_client());
        Self::Middleware(client.with(middleware).build())
    }

    async fn lists_sites(&self, sandbox: &Sandbox) {
        match self {
            Self::Generated(client) => drop(client.sites_list().send().await.unwrap()),
            Self::Middleware(client) => {
                let url = format!("{}/sites/v3/", sandbox.base_url());
                assert_eq!(client.get(url).send().await.unwrap().status(), 200);
            }
        }
    }
}

/// Returns the grant types of the token requests.
fn grants(sandbox: &Sandbox) -> Vec<String> {
    let requests = sandbox.log().token_requests();
    requests
        .iter()
        .map(|it| form(it)["grant_type"].clone())
        .collect()
}

#[tokio::test]
async fn each_grant_works_with_the_generated_client_and_the_middleware_alone() {
    for caller in [Caller::generated, Caller::middleware] {
        let sandbox = support::sandbox().await;
        let profile = support::profile(&sandbox);
        let application = support::token_source(&sandbox, &profile);
        caller(&sandbox, application).lists_sites(&sandbox).await;
        assert_eq!(grants(&sandbox), ["client_credentials"]);

        sandbox.log().clear();
        let opened = Opened::new(sign_in(&sandbox), &profile).await;
        let user = caller(&sandbox, opened.ada_signs_in(&sandbox).await);
        user.lists_sites(&sandbox).await;
        assert_eq!(grants(&sandbox), ["authorization_code"]);

        // The API rejects the access token, and the refresh token brings another one.
        sandbox.revoke_tokens();
        user.lists_sites(&sandbox).await;
        assert_eq!(grants(&sandbox), ["authorization_code", "refresh_token"]);
        let requests = sandbox.log().api_requests();
        assert_eq!(
            requests.len(),
            3,
            "one call, one rejected, one with the new token"
        );
    }
}
