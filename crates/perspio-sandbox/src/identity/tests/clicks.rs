//! A person's clicks, from the account picker on.

use std::time::Duration;

use uuid::Uuid;

use super::told;
use crate::testing::sign_in::{authorize_url, brought_back, click, exchange, transaction};
use crate::{Person, Sandbox};

#[tokio::test]
async fn a_click_on_an_account_brings_a_code_to_the_application() {
    let sandbox = Sandbox::start().await.unwrap();
    for prompt in [None, Some("login"), Some("select_account")] {
        let id = transaction(&authorize_url(&sandbox, &[("prompt", prompt)])).await;
        let answer = click(&sandbox, &[("transaction", &id), ("account", "rosa")]).await;
        assert_eq!(answer.status, 302);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        let mut back = brought_back(answer.header("location"));
        assert_eq!(back.remove("state").unwrap(), "a state");
        assert!(Uuid::parse_str(&back.remove("session_state").unwrap()).is_ok());
        let code = back.remove("code").unwrap();
        assert!(back.is_empty(), "{back:?}");
        assert_eq!(exchange(&sandbox, &code, &[]).await.status, 200);
    }
}

#[tokio::test]
async fn a_double_click_brings_the_same_code_and_another_account_a_new_one() {
    let sandbox = Sandbox::start().await.unwrap();
    let id = transaction(&authorize_url(&sandbox, &[])).await;
    let pick = async |account| {
        let answer = click(&sandbox, &[("transaction", &id), ("account", account)]).await;
        brought_back(answer.header("location"))
            .remove("code")
            .unwrap()
    };
    let first = pick("ada").await;
    assert_eq!(exchange(&sandbox, &first, &[]).await.status, 200);
    assert_eq!(pick("ada").await, first);
    let other = pick("rosa").await;
    assert_ne!(other, first);
    assert_eq!(exchange(&sandbox, &other, &[]).await.status, 200);
    // A code that is over helps nobody who comes back to the page.
    sandbox.clock().advance(Duration::from_secs(60));
    assert_ne!(pick("ada").await, first);
}

#[tokio::test]
async fn a_transaction_that_is_unknown_or_over_is_a_page() {
    let sandbox = Sandbox::start().await.unwrap();
    let id = transaction(&authorize_url(&sandbox, &[])).await;
    sandbox.clock().advance(Duration::from_secs(600));
    for id in [id.as_str(), "", "sandbox-transaction-\"><script>"] {
        let answer = click(&sandbox, &[("transaction", id), ("account", "ada")]).await;
        assert_eq!(answer.status, 400, "{id}");
        assert!(answer.text.contains("This sign-in is over"), "{id}");
        assert!(!answer.text.contains("sandbox-transaction"), "{id}");
    }
}

#[tokio::test]
async fn whoever_must_consent_is_asked_first() {
    let sandbox = Sandbox::start().await.unwrap();
    for (account, prompt) in [("carl", None), ("ada", Some("consent"))] {
        let id = transaction(&authorize_url(&sandbox, &[("prompt", prompt)])).await;
        let pick = [("transaction", id.as_str()), ("account", account)];
        let page = click(&sandbox, &pick).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("Permissions requested"));
        assert!(page.text.contains("offline_access"));
        let accept = [pick[0], pick[1], ("decision", "accept")];
        let answer = click(&sandbox, &accept).await;
        assert!(brought_back(answer.header("location")).contains_key("code"));
    }
}

#[tokio::test]
async fn whoever_cancels_denies_access() {
    let sandbox = Sandbox::start().await.unwrap();
    let id = transaction(&authorize_url(&sandbox, &[])).await;
    for account in ["", "carl", "ada"] {
        let cancel = [
            ("transaction", id.as_str()),
            ("account", account),
            ("decision", "cancel"),
        ];
        let answer = click(&sandbox, &cancel).await;
        let back = brought_back(answer.header("location"));
        assert_eq!(back["error_subcode"], "cancel");
        let expected = ("access_denied".to_owned(), "AADSTS65004".to_owned());
        assert_eq!(told(&answer), expected);
    }
}

#[tokio::test]
async fn an_expired_password_is_shown_and_leads_back_to_the_picker() {
    let sandbox = Sandbox::start().await.unwrap();
    let id = transaction(&authorize_url(&sandbox, &[])).await;
    for decision in ["", "accept"] {
        let pick = [
            ("transaction", id.as_str()),
            ("account", "pia"),
            ("decision", decision),
        ];
        let page = click(&sandbox, &pick).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("AADSTS50055"));
        assert!(page.headers.get("location").is_none());
    }
    let back = [("transaction", id.as_str()), ("decision", "back")];
    let page = click(&sandbox, &back).await;
    assert!(page.text.contains("Pick an account") && page.text.contains(&id));
    let refused = sandbox.authorize(&authorize_url(&sandbox, &[]), Person::Pia);
    assert_eq!(refused.unwrap_err().aadsts, Some(50_055));
}
