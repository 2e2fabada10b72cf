//! The functions of builders that download the bytes of a response.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::read::{Builder, Response};
use crate::generate::documentation::doc;

/// The names of the functions, and those of the runtime that they call.
const DOWNLOAD: &str = "download";
const DOWNLOAD_FROM: &str = "download_from";

impl Builder<'_> {
    /// Returns whether the request can be sent again to continue the transfer of its bytes.
    pub(super) fn is_download(&self) -> bool {
        let is_of_bytes = matches!(self.response, Response::Stream);
        is_of_bytes && self.request.method == "GET" && self.request.body.is_none()
    }

    /// Returns the functions that start a download. A parameter of the same name keeps it.
    pub(super) fn downloads(&self) -> TokenStream {
        let request = self.request_function();
        let [download, download_from] = [DOWNLOAD, DOWNLOAD_FROM].map(|name| self.local(name));
        let [start, start_from] = [DOWNLOAD, DOWNLOAD_FROM].map(|name| format_ident!("{name}"));
        let of_download = doc(
            "Sends the request. If the connection breaks, the transfer continues with the next \
             byte, as [`Download`](perspio_http::Download) describes.",
        );
        let of_download_from = doc(
            "Sends the request for the bytes from `position` on, of the representation that \
             `validator` names: the [validator](perspio_http::Download::validator) of an earlier \
             download.",
        );
        let result = quote! {
            ::std::result::Result<::perspio_http::Download, ::perspio_http::Error>
        };
        quote! {
            #(#of_download)*
            pub async fn #download(self) -> #result {
                rt::#start(self.#request()?).await
            }

            #(#of_download_from)*
            pub async fn #download_from(self, position: u64, validator: &str) -> #result {
                rt::#start_from(self.#request()?, position, validator).await
            }
        }
    }
}
