//! The methods that every generated client has in addition to its operations.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::documentation::doc;

/// The names of the methods. `builder` and `from_env` are written by the author of the client.
pub(crate) const NAMES: [&str; 8] = [
    "budget",
    "builder",
    "from_env",
    "request",
    "settle",
    "token_source",
    "with_options",
    "with_token_source",
];

/// Returns the methods of the client of the crate `crate_name`, which call its inner client.
pub(super) fn of_client(crate_name: &str) -> TokenStream {
    let client = format_ident!("{crate_name}");
    let with_options = doc(&format!(
        "Returns the same client with other options, for one call or for a part of a program. \
         An option that is not set keeps its value. Cheap: token and connections are shared.\n\n\
         ```no_run\n\
         use std::time::Duration;\n\
         use {client}::CallOptions;\n\n\
         # fn example(client: {client}::Client) {{\n\
         let client = client.with_options(CallOptions::new().timeout(Duration::from_secs(5)));\n\
         # }}\n\
         ```"
    ));
    let request = doc(&format!(
        "Begins a request to any endpoint, whether the document describes it or not. It goes \
         through the same path as all calls. `path` is relative to the base URL and sent as it \
         is.\n\n\
         ```no_run\n\
         use {client}::Method;\n\n\
         # async fn example(client: {client}::Client) -> Result<(), {client}::Error> {{\n\
         let request = client.request(Method::GET, \"/things\").query(&[(\"top\", 10)]);\n\
         let things: Vec<String> = request.fetch().await?;\n\
         # Ok(())\n\
         # }}\n\
         ```"
    ));
    quote! {
        #(#with_options)*
        pub fn with_options(&self, options: perspio_http::CallOptions) -> Self {
            Self { inner: self.inner.with_options(options) }
        }

        /// Returns the same client with the tokens of `source`. Connections and rate limits are
        /// shared, so a web service can make one for each signed-in user and request: it costs
        /// less than a microsecond.
        pub fn with_token_source(&self, source: perspio_http::auth::TokenSource) -> Self {
            Self { inner: self.inner.with_token_source(source) }
        }

        /// Returns the source of its tokens, if it has one: `token_source()?.token().await`
        /// returns a valid access token.
        pub fn token_source(&self) -> Option<&perspio_http::auth::TokenSource> {
            self.inner.token_source()
        }

        /// Waits for background work: a token refresh in flight, and saving a sign-in that the
        /// store has not accepted yet. Call it before the program ends, so that no sign-in is
        /// lost.
        ///
        /// # Errors
        ///
        /// The sign-in could not be saved.
        pub async fn settle(&self) -> Result<(), Error> {
            self.inner.settle().await
        }

        /// Returns what is left of the rate limits, and when there is more.
        pub fn budget(&self) -> perspio_http::Budget {
            self.inner.budget()
        }

        #(#request)*
        pub fn request(
            &self,
            method: perspio_http::auth::http::Method,
            path: &str,
        ) -> perspio_http::ApiRequest {
            self.inner.request(method, path)
        }
    }
}
