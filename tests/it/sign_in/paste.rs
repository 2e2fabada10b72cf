//! Sign-ins with a pasted address or code.

use perspio_auth::Paste;

use super::*;

async fn attempt(sandbox: &Sandbox) -> (perspio_auth::PasteAttempt, String) {
    let sign_in: SignIn<Paste> = SignIn::paste(support::application(sandbox));
    let attempt = sign_in.begin(&support::profile(sandbox)).await.unwrap();
    let parameters: HashMap<_, _> = attempt.url().query_pairs().into_owned().collect();
    assert_eq!(parameters["redirect_uri"], "http://localhost");
    (attempt, parameters["state"].clone())
}

#[tokio::test]
async fn a_pasted_redirect_address_returns_tokens() {
    let sandbox = support::sandbox().await;
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let (attempt, state) = attempt(&sandbox).await;
    let pasted = format!("http://localhost/?code=c&state={state}&session_state=x\n");
    let token = attempt
        .finish(&pasted)
        .await
        .unwrap()
        .token()
        .await
        .unwrap();
    assert_eq!(token.authorization(), "Bearer canary-access");
    let sent = String::from_utf8(sandbox.log().token_requests()[0].body.clone()).unwrap();
    assert!(
        sent.contains("redirect_uri=http%3A%2F%2Flocalhost&"),
        "{sent}"
    );
}

#[tokio::test]
async fn after_a_wrong_paste_the_person_can_paste_again() {
    let sandbox = support::sandbox().await;
    let (attempt, state) = attempt(&sandbox).await;
    for wrong in ["", "http://localhost/?code=c&state=other", "what?"] {
        let error = attempt.finish(wrong).await.unwrap_err();
        assert!(matches!(error, Error::InvalidCallback { .. }), "{error}");
    }
    assert!(sandbox.log().requests().is_empty(), "nothing was sent");
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    attempt
        .finish(&format!("code=c&state={state}"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_pasted_code_without_an_address_is_accepted() {
    let sandbox = support::sandbox().await;
    queue_token_response(&sandbox, 200, DOCUMENTED_RESPONSE);
    let (attempt, _) = attempt(&sandbox).await;
    attempt.finish("0.AXoA-code_0123456789").await.unwrap();
}
