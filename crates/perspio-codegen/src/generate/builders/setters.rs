//! The functions that set parameters and bodies.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use super::read::{BodyType, Field, Role};
use crate::generate::documentation::doc;
use crate::model::{Location, Parameter};

impl Field<'_> {
    /// Returns the type that is stored, without its `Result`.
    pub(super) fn stored(&self) -> TokenStream {
        let ty = match &self.role {
            Role::Body(_, BodyType::Built(builder)) => builder,
            _ => &self.ty,
        };
        if self.is_optional() {
            quote!(::std::option::Option<#ty>)
        } else {
            ty.to_token_stream()
        }
    }

    /// Returns the value of a new builder.
    pub(super) fn initial(&self) -> TokenStream {
        let name = self.ident.to_string();
        match &self.role {
            _ if self.is_optional() => quote!(Ok(None)),
            Role::Parameter(parameter) => {
                let name = &parameter.name;
                quote!(Err(rt::not_set(#name)))
            }
            // It has no members initially; the type determines whether that is valid.
            Role::Body(_, BodyType::Built(builder)) => {
                quote!(Ok(<#builder as ::std::default::Default>::default()))
            }
            Role::Body(..) => quote!(Err(rt::not_set(#name))),
        }
    }

    pub(super) fn setters(&self) -> TokenStream {
        match &self.role {
            Role::Parameter(parameter) => self.parameter_setter(parameter),
            Role::Body(body, ty) => self.body_setters(&body.description, ty),
        }
    }

    fn parameter_setter(&self, parameter: &Parameter) -> TokenStream {
        let (ident, ty, name) = (&self.ident, &self.ty, &parameter.name);
        let docs = match parameter.description.as_str() {
            "" => doc(&format!("Sets the {} `{name}`.", parameter.location.noun())),
            described => doc(described),
        };
        // The errors of a part do not contain its value, which may be large or confidential.
        let (value, debug) = match parameter.location {
            Location::Part => (quote!(rt::member(#name, value)), quote!()),
            _ => (
                quote!(rt::parameter(#name, value)),
                quote!(+ ::std::fmt::Debug),
            ),
        };
        let value = if self.is_optional() {
            quote!(#value.map(Some))
        } else {
            value
        };
        quote! {
            #(#docs)*
            pub fn #ident(
                mut self,
                value: impl ::std::convert::TryInto<#ty, Error: ::std::fmt::Display> #debug,
            ) -> Self {
                self.#ident = #value;
                self
            }
        }
    }

    fn body_setters(&self, description: &str, of: &BodyType) -> TokenStream {
        let docs = match description {
            "" => doc("Sets the body of the request."),
            described => doc(described),
        };
        let (ty, is_optional) = (&self.ty, self.is_optional());
        // The stored value is converted if its type differs from that of the argument.
        let argument = match of {
            BodyType::Text => quote!(::std::string::String),
            _ => ty.to_token_stream(),
        };
        let stored = match (of, is_optional) {
            (BodyType::Text | BodyType::Built(_), false) => quote!(.map(#argument::into)),
            (BodyType::Text | BodyType::Built(_), true) => {
                quote!(.map(|body: #argument| Some(body.into())))
            }
            (BodyType::Value | BodyType::Bytes | BodyType::Parts, false) => quote!(),
            (BodyType::Value | BodyType::Bytes | BodyType::Parts, true) => quote!(.map(Some)),
        };
        let map = match of {
            BodyType::Built(builder) => Some(map_setter(builder, is_optional)),
            _ => None,
        };
        quote! {
            #(#docs)*
            pub fn body(
                mut self,
                value: impl ::std::convert::TryInto<#argument, Error: ::std::fmt::Display>,
            ) -> Self {
                self.body = rt::member("body", value)#stored;
                self
            }

            #map
        }
    }
}

fn map_setter(builder: &syn::Type, is_optional: bool) -> TokenStream {
    let change = if is_optional {
        quote!(self.body.map(|body| Some(change(body.unwrap_or_default()))))
    } else {
        quote!(self.body.map(change))
    };
    quote! {
        /// Changes single members of the body.
        pub fn body_map(mut self, change: impl FnOnce(#builder) -> #builder) -> Self {
            self.body = #change;
            self
        }
    }
}
