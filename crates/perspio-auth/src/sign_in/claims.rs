//! The claims of a claims challenge.

use serde_json::{Map, Value};

use crate::oauth::Error;

/// Checks that the claims are a JSON object (OpenID Connect Core §5.5), as the identity
/// server rejects anything else after the user has been asked to sign in.
pub(super) fn check(claims: Option<&str>) -> Result<(), Error> {
    let Some(claims) = claims else {
        return Ok(());
    };
    match serde_json::from_str::<Map<String, Value>>(claims) {
        Ok(_) => Ok(()),
        Err(cause) => Err(Error::configuration(format!(
            "the claims are not a JSON object (line {}, column {}): pass the claims as the error \
             that requires them contains them, such as {{\"access_token\":{{…}}}}",
            cause.line(),
            cause.column()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_json_object_is_accepted() {
        for claims in [
            None,
            Some("{}"),
            Some(r#" {"access_token":{"acrs":null}} "#),
        ] {
            assert!(check(claims).is_ok(), "{claims:?}");
        }
        for claims in [
            "", " ", "[]", "null", "\"{}\"", "{", "{}{}", "canary", "e30=",
        ] {
            let error = check(Some(claims)).unwrap_err();
            assert!(error.is_configuration(), "{claims}: {error}");
            assert!(
                error.to_string().contains("JSON object") && !error.to_string().contains("canary")
            );
        }
    }
}
