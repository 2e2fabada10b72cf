//! The function of builders that returns the items of all pages.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::{self, VisitMut};

use super::read::{Builder, Field, Pages, Response, Role};
use crate::error::Result;
use crate::generate::documentation::doc;
use crate::generate::types::json_name;
use crate::model::{Location, PageStyle, invalid_pagination, member_of_key};
use crate::rust::{content, inside, name_of_type, path_of_type};

/// The types of a client, as progenitor names them.
pub(super) struct Types<'a>(BTreeMap<String, Option<&'a syn::ItemStruct>>);

impl<'a> Types<'a> {
    pub(super) fn of(module: &'a syn::ItemMod) -> Self {
        let types = content(module).iter().filter_map(|item| match item {
            syn::Item::Struct(item) => Some((item.ident.to_string(), Some(item))),
            syn::Item::Enum(item) => Some((item.ident.to_string(), None)),
            _ => None,
        });
        Self(types.collect())
    }

    /// Returns the struct of a type.
    fn structure(&self, ty: &syn::Type) -> Option<&'a syn::ItemStruct> {
        path_of_type(ty).filter(|path| path.leading_colon.is_none())?;
        *self.0.get(&name_of_type(ty)?)?
    }

    /// Returns the field of a member.
    fn field(&self, ty: &syn::Type, member: &str) -> Option<&'a syn::Field> {
        self.structure(ty)?.fields.iter().find(|field| {
            let name = field.ident.as_ref().map(|ident| json_name(ident, field));
            name.is_some_and(|name| member_of_key(&name) == member)
        })
    }

    /// Returns the list at a path below a value, and the type of its items. A list that is
    /// absent is an `Option`.
    fn items(
        &self,
        value: TokenStream,
        ty: &syn::Type,
        path: &[String],
    ) -> Option<(TokenStream, syn::Type)> {
        if let Some(inner) = inside(ty, "Option") {
            let (below, item) = self.items(quote!(it), inner, path)?;
            let is_same = below.to_string() == "it";
            let list = if is_same {
                value
            } else {
                quote!(#value.map(|it| #below))
            };
            return Some((list, item));
        }
        if let Some(inner) = inside(ty, "Box") {
            return self.items(quote!((*#value)), inner, path);
        }
        if let (Some(item), []) = (inside(ty, "Vec"), path) {
            let mut item = item.clone();
            Elsewhere(self).visit_type_mut(&mut item);
            return Some((value, item));
        }
        let structure = self.structure(ty)?;
        match (&structure.fields, path) {
            (syn::Fields::Unnamed(fields), _) => {
                let only = fields
                    .unnamed
                    .first()
                    .filter(|_| fields.unnamed.len() == 1)?;
                self.items(quote!(#value.0), &only.ty, path)
            }
            (syn::Fields::Named(_), [first, rest @ ..]) => {
                let field = self.field(ty, first)?;
                let ident = &field.ident;
                self.items(quote!(#value.#ident), &field.ty, rest)
            }
            _ => None,
        }
    }
}

/// Names the types of the client from outside of their module.
struct Elsewhere<'a>(&'a Types<'a>);

impl VisitMut for Elsewhere<'_> {
    fn visit_type_path_mut(&mut self, ty: &mut syn::TypePath) {
        visit_mut::visit_type_path_mut(self, ty);
        let is_own = ty
            .path
            .get_ident()
            .is_some_and(|name| self.0.0.contains_key(&name.to_string()));
        if is_own {
            let path = &ty.path;
            *ty = syn::parse_quote!(types::#path);
        }
    }
}

impl Builder<'_> {
    /// Returns how its pages are read, if it has pages.
    ///
    /// # Errors
    /// The extension is invalid, or the types of the client have another form than it says.
    pub(super) fn read_pages(&self, types: &Types<'_>) -> Result<Option<Pages>> {
        let error = |reason: &str| invalid_pagination(&self.request.location, reason);
        let pagination = match &self.request.pagination {
            Ok(None) => return Ok(None),
            Ok(Some(pagination)) => pagination.clone(),
            Err(reason) => return Err(error(reason)),
        };
        if self.fields.iter().any(Field::is_raw) {
            return Err(error("the body of the request cannot be sent again"));
        }
        let Response::Value(page) = &self.response else {
            return Err(error("the success is not JSON"));
        };
        let found = types.items(quote!(page), page, &pagination.items);
        let (items, item) = found.ok_or_else(|| error("the type of the items is not a list"))?;
        let mut members = TokenStream::new();
        for (name, path) in [
            ("next", &pagination.next),
            ("has_more", &pagination.has_more),
            ("total", &pagination.total),
            ("total_pages", &pagination.total_pages),
        ] {
            let name = quote::format_ident!("{name}");
            let Some([first, rest @ ..]) = path.as_deref() else {
                continue;
            };
            let field = types.field(page, first);
            let field = field
                .ok_or_else(|| error(&format!("the type of the success has no member {first}")))?;
            let ident = &field.ident;
            members.extend(quote!(#name: rt::page_member(&page.#ident, &[#(#rest),*])?,));
        }
        Ok(Some(Pages {
            page: (**page).clone(),
            item,
            items,
            members,
            pagination,
        }))
    }

    /// Returns the function that returns the items of all pages. A parameter of the same name
    /// keeps it.
    pub(super) fn stream(&self, pages: &Pages, crate_name: &str) -> TokenStream {
        let Pages {
            page,
            item,
            items,
            members,
            pagination,
        } = pages;
        let name = self.local("stream");
        let into_request = self.request_function();
        let next = pagination.next.as_deref().unwrap_or_default().join(".");
        let first = pagination.first.unwrap_or_default();
        let paging = match pagination.style {
            PageStyle::Cursor => quote!(Cursor { member: #next }),
            PageStyle::Page => quote!(Page { first: #first }),
            PageStyle::Offset => quote!(Offset { first: #first }),
            PageStyle::NextUrl => quote!(NextUrl { member: #next }),
            PageStyle::LinkHeader => quote!(LinkHeader),
        };
        let positioned = self.fields.iter().find_map(|field| match &field.role {
            Role::Parameter(parameter)
                if parameter.location == Location::Query
                    && Some(&parameter.name) == pagination.parameter.as_ref() =>
            {
                Some((field, &parameter.name))
            }
            _ => None,
        });
        let (start, request) = match positioned {
            None => (
                quote!(rt::FIRST_PAGE),
                quote!(move |_| self.clone().#into_request()),
            ),
            Some((field, parameter)) => {
                let ident = &field.ident;
                let value = quote!(rt::at_position(#parameter, position));
                let (start, value) = if field.is_optional() {
                    (quote!(&self.#ident), quote!(#value.map(Some)))
                } else {
                    (quote!(&self.#ident.clone().map(Some)), value)
                };
                let request = quote! {
                    move |position| {
                        let mut request = self.clone();
                        if let Some(position) = position {
                            request.#ident = #value;
                        }
                        request.#into_request()
                    }
                };
                (quote!(rt::position(#start)), request)
            }
        };
        let text = "Returns the items of all pages, each of which is requested when it is needed; \
                    see [`ItemStream`](perspio_http::ItemStream).";
        let sets = positioned.map(|(field, _)| {
            let name = &field.ident;
            format!(" The stream sets `{name}` for each page after the first one.")
        });
        let sets = sets.unwrap_or_default();
        let example = self.function(crate_name, |call| {
            format!(
                "let mut items = {call}.{name}();\n\
                 while let Some(item) = items.try_next().await? {{\n    \
                 println!(\"{{item:?}}\");\n}}"
            )
        });
        let docs = doc(&format!("{text}{sets}\n\n{example}"));
        quote! {
            #(#docs)*
            pub fn #name(self) -> ::perspio_http::ItemStream<'a, #item> {
                rt::stream_pages(
                    rt::Paging::#paging,
                    #start,
                    #request,
                    |page: #page| {
                        Ok(rt::Page {
                            #members
                            items: rt::page_items(#items),
                            ..rt::Page::default()
                        })
                    },
                )
            }
        }
    }
}
