//! By pasting.

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
async fn what_the_browser_ended_at_is_pasted_and_gives_tokens() {
    let sandbox = support::sandbox().await;
    answers(&sandbox, 200, PAGE_ANSWER);
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
    answers(&sandbox, 200, PAGE_ANSWER);
    attempt
        .finish(&format!("code=c&state={state}"))
        .await
        .unwrap();
}

#[tokio::test]
async fn only_the_code_is_enough() {
    let sandbox = support::sandbox().await;
    answers(&sandbox, 200, PAGE_ANSWER);
    let (attempt, _) = attempt(&sandbox).await;
    attempt.finish("0.AXoA-code_0123456789").await.unwrap();
}
