//! The response that ends a call.

use http::Method;
use perspio_auth::SentCredentials;
use reqwest::{Request, Response, StatusCode};

use crate::attempts::Attempts;
use crate::body::{BufferedBody, with_body, with_url};
use crate::error::CallInfo;
use crate::redirect::NotFollowed;

/// How a caller reads the body of a successful response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyMode {
    /// Buffered as part of the attempt, so that a body that breaks off is retried.
    Buffered,
    /// Streamed by the caller.
    Streamed,
}

/// The response that ends a call, and what is known of its call.
pub(crate) struct CallResponse {
    pub(crate) response: Response,
    /// The body, if it was buffered.
    pub(crate) body: Option<BufferedBody>,
    pub(crate) context: CallContext,
}

/// What is known of the call of a response.
#[derive(Clone)]
pub(crate) struct CallContext {
    pub(crate) method: Method,
    /// The credentials of the request; `None` if a user's middleware responded.
    pub(crate) sent: Option<SentCredentials>,
    pub(crate) attempts: Attempts,
    pub(crate) may_have_been_applied: bool,
    /// What an error of the response should say about its redirect or its token.
    pub(crate) remark: Option<Remark>,
}

/// What the loop knows about a response that is not a success.
#[derive(Clone, Debug)]
pub(crate) enum Remark {
    /// It is a redirect that was not followed.
    NotFollowed(NotFollowed),
    /// It rejects a token that had just been obtained.
    FreshTokenRejected,
}

impl CallResponse {
    /// Returns the HTTP status.
    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Returns what an error says about the call of this response.
    pub(crate) fn call_info(&self) -> CallInfo {
        let CallContext {
            method,
            sent,
            attempts,
            may_have_been_applied,
            ..
        } = &self.context;
        let url = self.response.url();
        // A path is the caller's own text, unless a redirect brought it.
        let path = match sent {
            Some(sent) => sent.scrub(url.path()),
            None => url.path().to_owned(),
        };
        CallInfo {
            method: method.clone(),
            path: path.into(),
            host: url.host_str().unwrap_or_default().into(),
            attempts: *attempts,
            may_have_been_applied: *may_have_been_applied,
        }
    }

    /// Takes up a response that passed through a user's middleware. Without a `context`,
    /// the middleware made it, and errors name `request`.
    pub(crate) fn from_middleware(
        response: Response,
        body: Option<BufferedBody>,
        request: &Request,
        context: Option<CallContext>,
    ) -> Self {
        let Some(context) = context else {
            let context = CallContext {
                method: request.method().clone(),
                sent: None,
                attempts: Attempts::NONE,
                may_have_been_applied: false,
                remark: None,
            };
            let response = with_url(response, request.url().clone());
            return Self {
                response,
                body,
                context,
            };
        };
        Self {
            response,
            body,
            context,
        }
    }

    /// A response without a call.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn alone(response: Response) -> Self {
        let request = Request::new(Method::GET, response.url().clone());
        Self::from_middleware(response, None, &request, None)
    }

    /// Returns the response for a user's middleware, its body in place.
    pub(crate) fn into_middleware(self) -> (Response, CallContext) {
        let Self {
            response,
            body,
            context,
        } = self;
        let response = match body {
            Some(body) => with_body(response, |_| body.into_body()),
            None => response,
        };
        (response, context)
    }
}

impl From<CallResponse> for Response {
    fn from(response: CallResponse) -> Self {
        response.into_middleware().0
    }
}

#[cfg(test)]
mod tests {
    use reqwest::ResponseBuilderExt;

    use super::*;
    use crate::body;

    #[derive(Clone, Debug, PartialEq)]
    struct Mark;

    #[tokio::test]
    async fn a_buffered_response_is_the_same_response() {
        let url = reqwest::Url::parse("http://api.example/path").unwrap();
        let mut response = Response::from(
            http::Response::builder()
                .url(url.clone())
                .status(201)
                .header("request-id", "r-1")
                .body("text")
                .unwrap(),
        );
        response.extensions_mut().insert(Mark);
        let read = body::read(&mut response, 100, |_| ()).await;
        let request = Request::new(Method::GET, url.clone());
        let buffered = CallResponse::from_middleware(response, read.ok(), &request, None);
        assert_eq!(buffered.status(), 201);
        let (whole, _) = buffered.into_middleware();
        assert_eq!(whole.url(), &url);
        assert_eq!(whole.status(), 201);
        assert_eq!(whole.headers()["request-id"], "r-1");
        assert_eq!(whole.extensions().get::<Mark>(), Some(&Mark));
        assert_eq!(whole.text().await.unwrap(), "text");
    }
}
