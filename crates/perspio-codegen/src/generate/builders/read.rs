//! Reads the parameters, bodies and responses of progenitor's builders.

use proc_macro2::TokenStream;
use quote::format_ident;
use syn::visit::{self, Visit};

use crate::error::{Context, Result, ensure, fail};
use crate::model::{Body, FORM_DATA, Pagination, Parameter, PartContent, Request, essence};
use crate::rust::{
    Expected, functions, inside, name_of_type, path_is, path_of, path_of_type, type_arguments,
};

/// A builder of one request.
pub(in crate::generate) struct Builder<'a> {
    pub(super) request: &'a Request,
    pub(super) name: syn::Ident,
    /// In progenitor's order: path, query, headers, body.
    pub(super) fields: Vec<Field<'a>>,
    pub(super) response: Response,
    /// How its pages are read.
    pub(super) pages: Option<Pages>,
    /// The variants of the success that belong to statuses.
    pub(super) variants: Vec<(String, syn::Ident)>,
}

/// How the pages of a request are read.
pub(super) struct Pages {
    /// The type of a page.
    pub(super) page: syn::Type,
    /// The type of an item.
    pub(super) item: syn::Type,
    /// The list in the variable `page`.
    pub(super) items: TokenStream,
    /// The members of `rt::Page`, in the variable `page`.
    pub(super) members: TokenStream,
    /// How a page leads to the next one.
    pub(super) pagination: Pagination,
}

/// A field of a builder, except for the client.
pub(super) struct Field<'a> {
    pub(super) ident: syn::Ident,
    /// The type of a value; an optional field stores `Option` of it.
    pub(super) ty: syn::Type,
    pub(super) role: Role<'a>,
}

pub(super) enum Role<'a> {
    Parameter(&'a Parameter),
    Body(&'a Body, BodyType),
}

/// The type of a request's body.
pub(super) enum BodyType {
    /// A value, which has a builder of this type.
    Built(Box<syn::Type>),
    /// A value without a builder.
    Value,
    Text,
    Bytes,
    /// A form whose parts are not described.
    Parts,
}

/// The type of a success's body.
pub(super) enum Response {
    Nothing,
    Stream,
    /// An event stream whose data has this type.
    Events(Box<syn::Type>),
    Value(Box<syn::Type>),
}

impl<'a> Builder<'a> {
    pub(super) fn read(
        request: &'a Request,
        item: &syn::ItemStruct,
        block: &syn::ItemImpl,
    ) -> Result<Self> {
        let send = functions(block).find(|function| function.sig.ident == "send");
        let send = send.context(format_args!("builder::{} has no `send`", item.ident))?;
        check_method(request, send)?;
        let response = outcome(send).context(format_args!(
            "`send` of {} returns an unknown type",
            request.name
        ))?;
        let response = match (response, &request.events) {
            (Response::Value(data), Some(_)) => Response::Events(data),
            (response, _) => response,
        };
        Ok(Self {
            request,
            name: item.ident.clone(),
            fields: fields(request, item)?,
            response,
            pages: None,
            variants: Vec::new(),
        })
    }

    /// Returns whether a part of the body is, or may be, a file.
    pub(in crate::generate) fn sends_file(&self) -> bool {
        self.has_any_parts() || self.fields.iter().any(Field::is_file)
    }

    /// Returns whether the parts of the body are not described.
    pub(in crate::generate) fn has_any_parts(&self) -> bool {
        matches!(self.body(), Some((_, _, BodyType::Parts)))
    }

    /// Returns whether it returns the items of all pages.
    pub(in crate::generate) fn has_pages(&self) -> bool {
        self.pages.is_some()
    }

    /// Returns the body of the request.
    pub(super) fn body(&self) -> Option<(&Field<'a>, &Body, &BodyType)> {
        self.fields.iter().find_map(|field| match &field.role {
            Role::Body(body, ty) => Some((field, *body, ty)),
            Role::Parameter(_) => None,
        })
    }
}

/// Returns the fields of a builder, each of which belongs to a parameter or the body of the
/// document.
pub(super) fn fields<'a>(request: &'a Request, item: &syn::ItemStruct) -> Result<Vec<Field<'a>>> {
    let mut left: Vec<&Parameter> = request.parameters.iter().collect();
    let mut body = request.body.as_ref();
    let mut found = Vec::new();
    for field in &item.fields {
        let ident = field
            .ident
            .clone()
            .context("a builder has a field without a name")?;
        if ident == "client" {
            continue;
        }
        let stored = inside(&field.ty, "Result");
        let stored = stored.context(format_args!(
            "builder::{}, field {ident}: no `Result<T, String>`",
            item.ident
        ))?;
        let name = ident.to_string();
        let field = if let Some(at) = left.iter().position(|it| it.field == name) {
            Field::parameter(ident, stored, left.remove(at))
        } else if let Some(body) = body.take_if(|_| name == "body") {
            Field::body(ident, stored, body)
        } else {
            return fail(format_args!(
                "builder::{}: the document has no parameter {name}",
                item.ident
            ));
        };
        found.push(field.context(format_args!("builder::{}, field {name}", item.ident))?);
    }
    let missing: Vec<_> = left.iter().map(|parameter| &parameter.key).collect();
    ensure(
        missing.is_empty() && body.is_none(),
        format_args!(
            "progenitor's builder::{} lacks parameters or the body of {}: {missing:?}",
            item.ident, request.name
        ),
    )?;
    Ok(found)
}

impl<'a> Field<'a> {
    fn parameter(ident: syn::Ident, stored: &syn::Type, parameter: &'a Parameter) -> Result<Self> {
        let ty = match &parameter.part {
            Some(part) => part_type(stored, part.content)?,
            None if parameter.is_required => stored.clone(),
            None => inside(stored, "Option")
                .context("an optional parameter that is not an `Option`")?
                .clone(),
        };
        Ok(Self {
            ident,
            ty,
            role: Role::Parameter(parameter),
        })
    }

    fn body(ident: syn::Ident, stored: &syn::Type, body: &'a Body) -> Result<Self> {
        let path = path_of_type(stored);
        let (ty, of) = if path.is_some_and(|path| path_is(path, &["reqwest", "Body"])) {
            match essence(&body.media_type).as_str() {
                "text/plain" | "text/x-markdown" => (syn::parse_quote!(rt::Body), BodyType::Text),
                FORM_DATA => (
                    syn::parse_quote!(::perspio_http::FormParts),
                    BodyType::Parts,
                ),
                _ => (syn::parse_quote!(rt::Body), BodyType::Bytes),
            }
        } else if path.is_some_and(|path| {
            path.segments.len() == 3
                && path
                    .segments
                    .iter()
                    .nth(1)
                    .is_some_and(|it| it.ident == "builder")
        }) {
            let name = name_of_type(stored).context("a builder without a name")?;
            let name = format_ident!("{name}");
            (
                syn::parse_quote!(types::#name),
                BodyType::Built(Box::new(stored.clone())),
            )
        } else {
            (stored.clone(), BodyType::Value)
        };
        Ok(Self {
            ident,
            ty,
            role: Role::Body(body, of),
        })
    }

    /// Returns whether a request can be sent without a value.
    pub(super) fn is_optional(&self) -> bool {
        match &self.role {
            Role::Parameter(parameter) => !parameter.is_required,
            Role::Body(body, _) => body.is_optional,
        }
    }

    /// Returns whether its value cannot be cloned.
    pub(super) fn is_raw(&self) -> bool {
        let is_raw_body = matches!(
            self.role,
            Role::Body(_, BodyType::Text | BodyType::Bytes | BodyType::Parts)
        );
        is_raw_body || self.is_file()
    }

    fn is_file(&self) -> bool {
        let part = match &self.role {
            Role::Parameter(parameter) => parameter.part.as_ref(),
            Role::Body(..) => None,
        };
        part.is_some_and(|part| part.content.is_file())
    }
}

/// Returns the type of a part's value. progenitor knows a part as a list of values, and a file
/// as a string.
fn part_type(stored: &syn::Type, content: PartContent) -> Result<syn::Type> {
    Ok(match content {
        PartContent::File => syn::parse_quote!(::perspio_http::FilePart),
        PartContent::Files => syn::parse_quote!(::std::vec::Vec<::perspio_http::FilePart>),
        PartContent::Value | PartContent::Json => inside(stored, "Vec")
            .context("a part that is not a list of values")?
            .clone(),
    })
}

/// Returns the first type of `Result<ResponseValue<A>, Error<B>>`.
fn outcome(send: &syn::ImplItemFn) -> Option<Response> {
    let syn::ReturnType::Type(_, result) = &send.sig.output else {
        return None;
    };
    let [response, _] = type_arguments(result).try_into().ok()?;
    Some(match inside(response, "ResponseValue")? {
        syn::Type::Tuple(all) if all.elems.is_empty() => Response::Nothing,
        ty if name_of_type(ty)? == "ByteStream" => Response::Stream,
        // `prepare` removes the extension that makes it.
        ty if name_of_type(ty)? == "Upgraded" => return None,
        ty => Response::Value(Box::new(ty.clone())),
    })
}

/// Checks that the request of progenitor's builder has the method of the document.
fn check_method(request: &Request, send: &syn::ImplItemFn) -> Result<()> {
    let mut heads = Heads(Vec::new());
    heads.visit_impl_item_fn(send);
    let method = request.method.to_lowercase();
    let expected = Expected {
        pass: "check_method",
        location: &request.name,
        count: 1,
    };
    expected.check(heads.0.iter().filter(|found| **found == method).count())?;
    expected.check(heads.0.len())
}

/// The methods that are called on `client.client`.
struct Heads(Vec<String>);

impl<'ast> Visit<'ast> for Heads {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        visit::visit_expr_method_call(self, call);
        if let syn::Expr::Field(field) = &*call.receiver
            && path_of(&field.base).is_some_and(|path| path.is_ident("client"))
            && matches!(&field.member, syn::Member::Named(name) if name == "client")
        {
            self.0.push(call.method.to_string());
        }
    }
}
