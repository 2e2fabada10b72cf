//! The function `send`: it builds the request as the document describes it, and calls the
//! runtime once.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::read::{BodyType, Builder, Field, Response, Role};
use crate::model::{Location, Parameter, Part, PartContent, essence};
use crate::rust::{path_is, path_of_type};

impl Builder<'_> {
    pub(super) fn send(&self, crate_name: &str) -> TokenStream {
        let id = &self.request.name;
        let request = self.local("request");
        let (success, call) = match &self.response {
            Response::Nothing => (quote!(()), quote!(rt::call_empty(#request))),
            Response::Stream => (
                quote!(::perspio_http::rt::ByteStream),
                quote!(rt::call_bytes(#request)),
            ),
            Response::Events(ty) => (
                quote!(::perspio_http::EventStream<#ty>),
                self.call_events(&request),
            ),
            Response::Value(ty) => {
                let by_status = self.call_by_status(&request);
                (
                    quote!(#ty),
                    by_status.unwrap_or_else(|| quote!(rt::call(#request))),
                )
            }
        };
        let operation = quote! {
            const OPERATION: &::perspio_http::Operation =
                rt::operation(super::OPERATIONS, #id);
        };
        let build = self.build(&request);
        let into_request = self.request_function();
        let shape = self.local("shape");
        let others = [
            self.is_download().then(|| self.downloads()),
            self.pages.as_ref().map(|it| self.stream(it, crate_name)),
        ];
        quote! {
            /// Sends the request.
            pub async fn send(
                self,
            ) -> ::std::result::Result<
                ::perspio_http::rt::ResponseValue<#success>,
                ::perspio_http::Error,
            > {
                let #request = self.#into_request()?;
                #call.await
            }

            #(#others)*

            /// Returns the request as text for a snapshot test, and sends nothing.
            ///
            /// # Errors
            ///
            /// The request is invalid.
            pub fn #shape(self) -> ::std::result::Result<::std::string::String, ::perspio_http::Error> {
                self.#into_request()?.shape()
            }

            /// Returns the request, for what only `ApiRequest` has, such as further headers.
            ///
            /// # Errors
            ///
            /// The request is invalid.
            pub fn #into_request(
                self,
            ) -> ::std::result::Result<::perspio_http::ApiRequest, ::perspio_http::Error> {
                #operation
                #build
                Ok(#request)
            }
        }
    }

    /// Returns the name of the function that returns the request.
    pub(super) fn request_function(&self) -> syn::Ident {
        self.local("into_request")
    }

    /// Returns the statements that build the request from the fields.
    fn build(&self, request: &syn::Ident) -> TokenStream {
        let fields: Vec<_> = self.fields.iter().map(|field| &field.ident).collect();
        let values = self.fields.iter().map(Field::value);
        let built = self.request_expression(request);
        quote! {
            let Self { client, #(#fields),* } = self;
            #(#values)*
            #built
        }
    }

    /// Returns the call of the runtime that returns an event stream.
    fn call_events(&self, request: &syn::Ident) -> TokenStream {
        let events = self.request.events.as_ref();
        let call = if events.is_some_and(|events| events.are_text) {
            quote!(rt::call_text_events)
        } else {
            quote!(rt::call_events)
        };
        let marker = events.and_then(|events| events.end_marker.as_ref()?.as_str());
        let marker = marker.map_or_else(|| quote!(None), |marker| quote!(Some(#marker)));
        quote!(#call(#request, #marker))
    }

    /// Returns a name for a local variable that no parameter has.
    pub(super) fn local(&self, name: &str) -> syn::Ident {
        let mut name = name.to_owned();
        while self.fields.iter().any(|field| field.ident == name) {
            name.push('_');
        }
        format_ident!("{name}")
    }

    /// Returns the statements that build the request in the variable `request`.
    fn request_expression(&self, request: &syn::Ident) -> TokenStream {
        let (path, address) = self.path();
        let (headers, adds_headers) = self.headers();
        let mut chain = quote!(rt::request(&client.inner, OPERATION, #address));
        if let Some(accepted) = self.accepted() {
            chain.extend(quote! {
                .header(
                    ::perspio_http::rt::ACCEPT,
                    ::perspio_http::rt::HeaderValue::from_static(#accepted),
                )
            });
        }
        for (field, parameter) in self.in_location(Location::Query) {
            let (name, value) = (&parameter.name, &field.ident);
            if parameter.is_plain {
                chain.extend(quote!(.query(&rt::QueryParam::new(#name, &#value))));
            }
        }
        chain.extend(adds_headers);
        let body = self
            .body()
            .map(|(field, body, of)| (body, encoded(field, of)));
        let (parts, sends_parts) = self.parts(request);
        let (chain, optional) = match body {
            None => (chain, None),
            Some((body, with)) if !body.is_optional => (quote!(#chain #with), None),
            Some((_, with)) => {
                let optional = quote! {
                    let #request = match body {
                        Some(body) => #request #with,
                        None => #request,
                    };
                };
                (chain, Some(optional))
            }
        };
        quote! {
            #path
            #headers
            #parts
            let #request = #chain;
            #optional
            #sends_parts
        }
    }

    /// Returns the parameters in one location, with their fields.
    fn in_location(&self, location: Location) -> impl Iterator<Item = (&Field<'_>, &Parameter)> {
        self.fields
            .iter()
            .filter_map(move |field| match &field.role {
                Role::Parameter(parameter) if parameter.location == location => {
                    Some((field, *parameter))
                }
                _ => None,
            })
    }

    /// Returns the statements that write path and query, and the expression of both.
    fn path(&self) -> (TokenStream, TokenStream) {
        let mut format = String::new();
        let mut arguments = Vec::new();
        let mut rest = self.request.path.as_str();
        while let Some((constant, (name, after))) = rest
            .split_once('{')
            .and_then(|(constant, after)| Some((constant, after.split_once('}')?)))
        {
            format.push_str(constant);
            format.push_str("{}");
            rest = after;
            let mut parameters = self.in_location(Location::Path);
            if let Some((field, parameter)) = parameters.find(|(_, it)| it.name == name) {
                arguments.push(path_argument(field, parameter));
            }
        }
        format.push_str(rest);
        let styled = self
            .in_location(Location::Query)
            .filter(|(_, it)| !it.is_plain);
        let path = self.local("path");
        let mut statements = TokenStream::new();
        for (field, parameter) in styled {
            let (name, value) = (&parameter.name, &field.ident);
            let (style, explode) = (style(&parameter.style), parameter.explode);
            let encoded = valid(&quote!(rt::query(#path, #name, &#value, #style, #explode)));
            statements.extend(quote!(let #path = #encoded;));
        }
        match (arguments.is_empty(), statements.is_empty()) {
            (true, true) => (statements, quote!(#format)),
            (true, false) => (
                quote!(let #path = #format.to_owned(); #statements),
                quote!(&#path),
            ),
            (false, _) => {
                let start = quote!(let #path = format!(#format, #(#arguments),*););
                (quote!(#start #statements), quote!(&#path))
            }
        }
    }

    /// Returns the statements that build the headers of parameters, and the call that adds them
    /// to the request.
    fn headers(&self) -> (TokenStream, TokenStream) {
        let headers = self.local("headers");
        let mut statements = TokenStream::new();
        for (field, parameter) in self.in_location(Location::Header) {
            statements.extend(header(&headers, field, parameter));
        }
        for (field, parameter) in self.in_location(Location::Cookie) {
            let (name, value) = (&parameter.name, &field.ident);
            let added = valid(&quote!(rt::cookie(&mut #headers, #name, &#value)));
            statements.extend(quote!(#added;));
        }
        if statements.is_empty() {
            return (statements, quote!());
        }
        let made = quote! {
            let mut #headers = ::perspio_http::rt::HeaderMap::new();
            #statements
        };
        (made, quote!(.headers(#headers)))
    }

    /// Returns the statements that build a body of several parts, and the one that adds it to
    /// the request.
    fn parts(&self, request: &syn::Ident) -> (TokenStream, TokenStream) {
        let Some(multipart) = &self.request.multipart else {
            return Default::default();
        };
        let (form, media_type) = (self.local("form"), multipart.media_type);
        let mut statements = quote!(let mut #form = rt::Multipart::new(#media_type););
        let parts = self.in_location(Location::Part);
        let mut parts: Vec<_> = parts
            .filter_map(|(field, it)| Some((field, it, it.part.as_ref()?)))
            .collect();
        // Some servers read the other parts only until the first file, and the first part is
        // the root of `multipart/related`.
        parts.sort_by_key(|(_, _, described)| described.content.is_file());
        for (field, parameter, described) in parts {
            let added = valid(&part(&form, field, parameter, described));
            statements.extend(quote!(#added;));
        }
        let with = quote!(#request.body(&#form.content_type(), #form));
        let sent = if multipart.is_optional {
            quote!(let #request = if #form.is_empty() { #request } else { #with };)
        } else {
            quote!(let #request = #with;)
        };
        (statements, sent)
    }
}

impl Field<'_> {
    /// Returns the statement that turns what is stored into a value, or into an error.
    fn value(&self) -> TokenStream {
        let (ident, ty) = (&self.ident, &self.ty);
        let stored = match &self.role {
            Role::Body(_, BodyType::Built(_)) if self.is_optional() => quote! {
                #ident.and_then(|body| {
                    let body = body.map(#ty::try_from).transpose();
                    body.map_err(|error| error.to_string())
                })
            },
            Role::Body(_, BodyType::Built(_)) => quote! {
                #ident.and_then(|body| #ty::try_from(body).map_err(|error| error.to_string()))
            },
            _ => quote!(#ident),
        };
        let valid = valid(&stored);
        quote!(let #ident = #valid;)
    }
}

/// Returns the value of a result, or the error of an invalid request.
fn valid(result: &TokenStream) -> TokenStream {
    quote!(rt::valid(&client.inner, OPERATION, #result)?)
}

/// Returns the value of a path parameter, percent-encoded. progenitor's `encode_path` lets a
/// backslash through, which an address reads as a slash.
fn path_argument(field: &Field<'_>, parameter: &Parameter) -> TokenStream {
    let (value, name) = (&field.ident, &parameter.name);
    let is_text =
        path_of_type(&field.ty).is_some_and(|it| path_is(it, &["std", "string", "String"]));
    if !parameter.is_plain {
        let (style, explode) = (style(&parameter.style), parameter.explode);
        valid(&quote!(rt::path(#name, &#value, #style, #explode)))
    } else if is_text {
        quote!(rt::encode_path(&#value))
    } else {
        quote!(rt::encode_path(&#value.to_string()))
    }
}

/// Returns the call that adds a part to a body.
fn part(
    form: &syn::Ident,
    field: &Field<'_>,
    parameter: &Parameter,
    described: &Part,
) -> TokenStream {
    let (name, ident) = (&parameter.name, &field.ident);
    let media_type = described.media_type.as_ref();
    let media_type = media_type.map_or_else(|| quote!(None), |it| quote!(Some(#it)));
    match described.content {
        PartContent::File => quote!(#form.file(#name, #ident, #media_type)),
        PartContent::Files => quote!(#form.files(#name, #ident, #media_type)),
        PartContent::Value => quote!(#form.value(#name, &#ident, #media_type, false)),
        PartContent::Json => quote!(#form.value(#name, &#ident, #media_type, true)),
    }
}

fn header(headers: &syn::Ident, field: &Field<'_>, parameter: &Parameter) -> TokenStream {
    let (name, ident) = (&parameter.name, &field.ident);
    if !parameter.is_plain {
        let (style, explode) = (style(&parameter.style), parameter.explode);
        let added = valid(&quote!(rt::header(&mut #headers, #name, &#ident, #style, #explode)));
        return quote!(#added;);
    }
    if field.is_optional() {
        let value = valid(&quote!(rt::header_value(#name, &value)));
        return quote! {
            if let Some(value) = #ident {
                #headers.append(#name, #value);
            }
        };
    }
    let value = valid(&quote!(rt::required_header_value(#name, &#ident)));
    quote!(#headers.append(#name, #value);)
}

/// Returns the calls that add the value `body` to a request.
fn encoded(field: &Field<'_>, of: &BodyType) -> TokenStream {
    let Role::Body(body, _) = &field.role else {
        return TokenStream::new();
    };
    let media_type = &body.media_type;
    let is_form = essence(media_type) == "application/x-www-form-urlencoded";
    match of {
        BodyType::Text | BodyType::Bytes => quote!(.body(#media_type, body)),
        BodyType::Parts => quote!(.multipart(body)),
        BodyType::Built(_) | BodyType::Value if is_form => {
            let styles = body.styles.iter().map(|(name, of, explode)| {
                let style = style(of);
                quote!((#name, #style, #explode))
            });
            let form = valid(&quote!(rt::form(&body, &[#(#styles),*])));
            quote!(.body(#media_type, #form))
        }
        _ if media_type == "application/json" => quote!(.json(&body)),
        _ => quote! {
            .header(
                ::perspio_http::rt::CONTENT_TYPE,
                ::perspio_http::rt::HeaderValue::from_static(#media_type),
            )
            .json(&body)
        },
    }
}

fn style(name: &str) -> TokenStream {
    let variant = match name {
        "label" => "Label",
        "matrix" => "Matrix",
        "form" => "Form",
        "spaceDelimited" => "Space",
        "pipeDelimited" => "Pipe",
        "deepObject" => "Deep",
        "json" => "Json",
        _ => "Simple",
    };
    let variant = format_ident!("{variant}");
    quote!(rt::Style::#variant)
}
