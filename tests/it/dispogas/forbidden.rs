//! The effect of a 403, which dispoGas returns for a token that is missing, expired or
//! insufficient.

use super::*;

fn forbidden() -> Fault {
    Fault::status(403)
}

fn invalid_token() -> Fault {
    forbidden().header("www-authenticate", "Bearer error=\"invalid_token\"")
}

#[tokio::test]
async fn a_token_that_expires_in_transit_is_renewed_and_the_call_retried_once() {
    let signed_in = SignedIn::new().await;
    let client = signed_in.client(&[]);
    account(&client).await.unwrap();
    signed_in.requests();
    let hold = signed_in.sandbox.hold(Endpoint::Api);
    let call = tokio::spawn(async move { account(&client).await.map(drop) });
    hold.arrived(1).await;
    signed_in.advance(Duration::from_secs(7200));
    drop(hold);
    call.await.unwrap().unwrap();
    assert_eq!(signed_in.requests(), (2, 1));
}

#[tokio::test]
async fn a_403_for_a_valid_token_is_returned_immediately_with_three_causes() {
    let signed_in = SignedIn::new().await;
    let client = signed_in.client(&[("DISPOGAS_TENANCY", "another-tenancy")]);
    signed_in.requests();
    let error = account(&client).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    for part in [
        "Permission denied",
        "the token",
        "the permission",
        "the tenancy",
        "X-Tenant-ID",
    ] {
        assert!(error.to_string().contains(part), "{part}: {error}");
        assert!(error.help().contains(part), "{part}: {}", error.help());
    }
    assert_eq!(signed_in.requests(), (1, 0));
}

#[tokio::test]
async fn the_effect_of_a_403_on_the_token_can_be_set() {
    for (setting, fault, expected) in [
        ("stale", forbidden(), (1, 0)),
        ("stale", invalid_token(), (2, 1)),
        ("once", forbidden(), (2, 1)),
        ("never", forbidden(), (1, 0)),
        ("never", invalid_token(), (1, 0)),
    ] {
        let signed_in = SignedIn::new().await;
        let client = signed_in.client(&[("DISPOGAS_REFRESH_ON_403", setting)]);
        signed_in.requests();
        signed_in.sandbox.queue_fault(Endpoint::Api, fault);
        let outcome = account(&client).await;
        assert_eq!(outcome.is_ok(), expected == (2, 1), "{setting}");
        assert_eq!(signed_in.requests(), expected, "{setting}");
    }
}

#[tokio::test]
async fn a_second_403_is_returned() {
    let signed_in = SignedIn::new().await;
    let client = signed_in.client(&[("DISPOGAS_REFRESH_ON_403", "once")]);
    signed_in.requests();
    for _ in 0..2 {
        signed_in
            .sandbox
            .queue_fault(Endpoint::Api, invalid_token());
    }
    assert!(account(&client).await.unwrap_err().is_forbidden());
    assert_eq!(signed_in.requests(), (2, 1));
}
