//! Error responses of Entra and of other servers, as the caller sees them.

use serde_json::json;

use super::super::error_response::EntraError;
use super::*;
use crate::oauth::error::Error;
use crate::testing;

fn explain(grant: GrantType, body: &serde_json::Value) -> Error {
    let error = EntraError::parse(body.to_string().as_bytes()).unwrap();
    error.explain(&testing::profile(), "login.example", grant, &[])
}

fn on_refresh(body: &serde_json::Value) -> Error {
    explain(GrantType::RefreshToken, body)
}

fn of_code(grant: GrantType, error: &str, code: u64) -> Error {
    explain(grant, &json!({"error": error, "error_codes": [code]}))
}

#[test]
fn only_terminal_errors_of_a_refresh_end_the_sign_in() {
    for body in [
        json!({"error": "invalid_grant"}),
        json!({"error": "invalid_grant", "error_description": "Token is not active"}),
        json!({"error": "invalid_grant", "suberror": "bad_token"}),
        json!({"error": "invalid_grant", "suberror": "token_expired", "error_codes": [1]}),
        json!({"error": "invalid_grant", "error_codes": [700_082]}),
        json!({"error": "invalid_grant", "error_codes": [50076, 50173]}),
        json!({"error": "invalid_grant", "error_codes": [700_084]}),
        json!({"error": "interaction_required", "error_codes": [70043]}),
        json!({"error": "invalid_grant", "error_description": "AADSTS70008: expired"}),
    ] {
        let error = on_refresh(&body);
        assert!(
            matches!(error, Error::SignInRequired { .. }),
            "{body}: {error}"
        );
        assert!(error.to_string().contains("Sign in again"), "{error}");
    }
}

#[test]
fn an_error_that_requires_a_user_action_keeps_the_sign_in() {
    for code in [
        50053, 50057, 50072, 50074, 50076, 50078, 50079, 50105, 53000, 53001, 53002, 53003, 65001,
        65004, 90094,
    ] {
        for body in [
            json!({"error": "invalid_grant", "error_codes": [code]}),
            json!({"error": "interaction_required", "error_codes": [code], "suberror": "new"}),
            json!({"error": "invalid_grant", "error_description": format!("AADSTS{code}: no")}),
        ] {
            let error = on_refresh(&body);
            assert!(
                matches!(error, Error::UserActionRequired { .. }),
                "{body}: {error}"
            );
            assert!(error.needs_sign_in() && !error.is_configuration() && !error.is_verdict());
            let text = error.to_string().to_lowercase();
            assert!(text.contains("sign in again"), "{error}");
        }
    }
    for suberror in [
        "basic_action",
        "additional_action",
        "consent_required",
        "message_only",
    ] {
        let error = on_refresh(&json!({"error": "invalid_grant", "suberror": suberror}));
        assert!(matches!(error, Error::UserActionRequired { .. }), "{error}");
    }
    for error in ["interaction_required", "login_required", "access_denied"] {
        let error = on_refresh(&json!({"error": error}));
        assert!(matches!(error, Error::UserActionRequired { .. }), "{error}");
    }
}

#[test]
fn an_unknown_code_keeps_the_sign_in_and_suggests_a_new_one() {
    for body in [
        json!({"error": "invalid_grant", "error_codes": [4_242_424]}),
        json!({"error": "invalid_grant", "suberror": "new_suberror"}),
    ] {
        let error = on_refresh(&body);
        assert!(
            matches!(error, Error::UserActionRequired { .. }),
            "{body}: {error}"
        );
        assert!(error.to_string().contains("Sign in again"), "{error}");
    }
    let error = on_refresh(&json!({"error": "invalid_grant", "error_codes": [4_242_424]}));
    assert!(error.to_string().contains("error?code=4242424"), "{error}");
}

#[test]
fn a_claims_challenge_keeps_the_sign_in_and_names_the_builder_method() {
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    for error in ["invalid_grant", "interaction_required"] {
        for codes in [json!([50076]), json!([4_242_424]), json!([])] {
            let body = json!({"error": error, "claims": claims, "error_codes": codes});
            let error = on_refresh(&body);
            assert!(matches!(error, Error::UserActionRequired { .. }), "{error}");
            assert_eq!(error.claims(), Some(claims));
            assert!(error.to_string().contains("SignIn::claims"), "{error}");
        }
    }
}

#[test]
fn an_outage_is_transient_whatever_else_the_response_says() {
    for body in [
        json!({"error": "temporarily_unavailable", "error_codes": [700_082]}),
        json!({"error": "server_error"}),
        json!({"error": "invalid_grant", "error_codes": [90033]}),
        json!({"error": "invalid_request", "error_codes": [50196]}),
    ] {
        let error = on_refresh(&body);
        assert!(
            error.is_transient() && !error.needs_sign_in(),
            "{body}: {error}"
        );
        assert!(!error.is_verdict());
    }
}

#[test]
fn an_application_is_never_asked_to_sign_in_again() {
    for code in [50053, 50076, 53000, 53003, 65001, 700_082, 50173, 4_242_424] {
        let error = of_code(GrantType::ClientCredentials, "invalid_grant", code);
        assert!(
            error.is_configuration() && !error.needs_sign_in(),
            "{error}"
        );
        let text = error.to_string().to_lowercase();
        assert!(
            !text.contains("sign in again") && !text.contains("check the address"),
            "{error}"
        );
    }
    let text = of_code(GrantType::ClientCredentials, "access_denied", 53003).to_string();
    assert!(
        text.contains("Conditional Access policy for workload identities"),
        "{text}"
    );
}

#[test]
fn a_secret_is_suggested_only_where_it_is_the_cause() {
    let secret_help = testing::profile().secret_help().to_owned();
    for code in [7_000_215, 7_000_222, 70_002] {
        let error = of_code(GrantType::ClientCredentials, "invalid_client", code);
        assert!(error.to_string().contains(&secret_help), "{error}");
    }
    let error = explain(
        GrantType::ClientCredentials,
        &json!({"error": "invalid_client"}),
    );
    assert!(error.to_string().contains(&secret_help), "{error}");
    for (code, part) in [
        (700_025, "Remove the client secret"),
        (500_112, "byte for byte"),
        (7_000_229, "service principal"),
        (7_000_112, "disabled"),
        (700_027, "assertion"),
        (7_000_218, "Set the client secret"),
        (900_023, "directory"),
        (90_013, "typing errors"),
        (50_196, "Wait some minutes"),
        (50_012, "certificate"),
        (4_242_424, "error?code=4242424"),
    ] {
        for error in ["invalid_client", "unauthorized_client", "invalid_request"] {
            for grant in [GrantType::ClientCredentials, GrantType::RefreshToken] {
                let error = of_code(grant, error, code);
                let text = error.to_string();
                assert!(text.contains(part), "{code}: {text}");
                assert!(
                    !text.contains(&secret_help) && !text.contains("renew"),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn every_error_response_has_help() {
    for grant in [
        GrantType::ClientCredentials,
        GrantType::Authorization,
        GrantType::AuthorizationCode,
        GrantType::RefreshToken,
        GrantType::DeviceCode,
    ] {
        for error in [
            "invalid_grant",
            "invalid_request",
            "something_new",
            "access_denied",
        ] {
            let error = explain(grant, &json!({"error": error}));
            assert!(
                !error.error_response().unwrap().help.is_empty(),
                "{grant:?}: {error}"
            );
        }
    }
}
