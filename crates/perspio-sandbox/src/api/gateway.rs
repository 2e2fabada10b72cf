//! The gateway's checks: subscription key, then limits, then token, then tenant.

use std::sync::Arc;

use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::answer::problem;
use crate::credentials::{SUBSCRIPTION_KEY, TENANT_ID};
use crate::shared::Shared;
use crate::token::{self, Claims};

/// Passes the token's claims to the handler, as an extension of the request.
pub(crate) async fn admit(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Err(refusal) = check_subscription_key(request.headers()) {
        return refusal.response();
    }
    // Before the token, because requests that lead to 401 count too.
    if let Err(too_early) = shared.limits.admit(&shared.clock) {
        return too_early.response();
    }
    // The body of a response to HEAD is removed later.
    let sends_body = request.method() != Method::HEAD;
    let answer = match check_caller(&shared, request.headers()) {
        Ok(claims) => {
            request.extensions_mut().insert(claims);
            next.run(request).await
        }
        Err(refusal) => refusal.response(),
    };
    if sends_body {
        // Every response of the API is in memory, so its size is known.
        let bytes = answer.body().size_hint().lower();
        shared.limits.sent(&shared.clock, bytes);
    }
    answer
}

fn check_caller(shared: &Shared, headers: &HeaderMap) -> Result<Claims, Refusal> {
    let claims = check_token(shared, headers)?;
    check_tenant(headers)?;
    Ok(claims)
}

fn check_subscription_key(headers: &HeaderMap) -> Result<(), Refusal> {
    let message = match single(headers, "ocp-apim-subscription-key") {
        Some(key) if key == SUBSCRIPTION_KEY => return Ok(()),
        Some(_) => {
            "Access denied due to invalid subscription key. Make sure to provide a valid key \
             for an active subscription. The sandbox takes only its own key."
        }
        None => {
            "Access denied due to missing subscription key. Make sure to include subscription \
             key when making requests to an API."
        }
    };
    let challenge = "AzureApiManagementKey realm=\"sandbox\",\
                     name=\"Ocp-Apim-Subscription-Key\",type=\"header\"";
    Err(Refusal::new(message).challenge(challenge))
}

fn check_token(shared: &Shared, headers: &HeaderMap) -> Result<Claims, Refusal> {
    let description = match claims(shared, headers) {
        Ok(claims) => return Ok(claims),
        Err(description) => description,
    };
    let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{description}\"");
    Err(Refusal::new(&format!("Unauthorized. {description}")).challenge(&challenge))
}

/// Returns the claims of a valid token, or why it is invalid.
pub(super) fn claims(shared: &Shared, headers: &HeaderMap) -> Result<Claims, &'static str> {
    let now = shared.clock.unix_seconds();
    Err(match single(headers, header::AUTHORIZATION.as_str()) {
        None => "The access token is missing.",
        Some(value) => match bearer(value) {
            None => "The header Authorization is not a bearer token.",
            Some(token) => match shared.issuer.judge(token, now) {
                Ok(claims) if still_holds(shared, &claims) => return Ok(claims),
                Ok(_) => token::Refusal::Revoked.description(),
                Err(refusal) => refusal.description(),
            },
        },
    })
}

/// Whether no refresh has revoked the token.
fn still_holds(shared: &Shared, claims: &Claims) -> bool {
    claims
        .sandbox_turn
        .is_none_or(|turn| shared.sign_ins.refresh_tokens().holds(turn))
}

fn check_tenant(headers: &HeaderMap) -> Result<(), Refusal> {
    match single(headers, "tid") {
        Some(tid) if tid.eq_ignore_ascii_case(TENANT_ID) => Ok(()),
        Some(_) => Err(Refusal::new(&format!(
            "Unauthorized. The header tid names another tenant; the sandbox's is {TENANT_ID}."
        ))),
        None => Err(Refusal::new("Unauthorized. The header tid is missing.")),
    }
}

/// Returns a header. One that is repeated is invalid and counts as empty.
pub(super) fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    match values.next() {
        None => first.to_str().ok().or(Some("")),
        Some(_) => Some(""),
    }
}

/// The scheme in any letter case (RFC 9110, section 11.1).
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

struct Refusal {
    message: String,
    challenge: Option<String>,
}

impl Refusal {
    fn new(message: &str) -> Self {
        Self {
            message: message.to_owned(),
            challenge: None,
        }
    }

    fn challenge(mut self, challenge: &str) -> Self {
        self.challenge = Some(challenge.to_owned());
        self
    }

    fn response(self) -> Response {
        let mut response = problem(StatusCode::UNAUTHORIZED, &self.message);
        let challenge = self.challenge.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(challenge)) = challenge {
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
