//! The token response of a sign-in and of a refresh.

use serde_json::{Value, json};

use super::refresh_tokens::Renewed;
use super::scopes::Access;
use crate::person::Person;
use crate::shared::Shared;

/// The tokens to issue.
pub(crate) struct UserTokens<'a> {
    pub(crate) person: Person,
    pub(crate) access: Access,
    pub(crate) renewed: Option<Renewed>,
    pub(crate) nonce: Option<&'a str>,
}

impl UserTokens<'_> {
    /// The members that the API's page prints. PerspioTalk's has `id_token` although
    /// its requests do not ask for `openid`; dispoGas' has neither that nor a scope.
    pub(crate) fn answer(&self, shared: &Shared, now: u64) -> Value {
        let issuer = &shared.issuer;
        let turn = self.renewed.as_ref().map(|renewed| renewed.turn);
        let access_token = issuer.user_token(self.person, self.access.in_claim(), turn, now);
        let mut answer = if shared.service.responds_as_entra {
            json!({
                "token_type": "Bearer",
                "scope": self.access.in_response(),
                "expires_in": issuer.lifetime(),
                "ext_expires_in": issuer.lifetime(),
                "access_token": access_token,
                "id_token": issuer.id_token(self.person, self.nonce, now),
            })
        } else {
            json!({
                "access_token": access_token,
                "token_type": "bearer",
                "expires_in": issuer.lifetime(),
                "created_at": now,
            })
        };
        if let (Some(members), Some(renewed)) = (answer.as_object_mut(), &self.renewed) {
            let refresh_token = Value::from(renewed.refresh_token.as_str());
            members.insert("refresh_token".to_owned(), refresh_token);
        }
        answer
    }
}
