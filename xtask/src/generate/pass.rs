//! Changes to the generator's output, each with the limit that it works around.

mod empty_lists;
mod json_body;
mod non_exhaustive;
mod request;
mod response;
mod types;

use anyhow::{Result, ensure};
use quote::quote;
use syn::visit_mut::{self, VisitMut};

pub(crate) use json_body::commands;

/// Runs every pass over a generated client of so many operations, which may read no
/// JSON at all.
pub(crate) fn client(file: &mut syn::File, operations: usize, reads_json: bool) -> Result<()> {
    ensure!(
        DropApiVersion::run(file) > 0,
        "the generator no longer sends `api-version`: delete the pass that removes it"
    );
    response::run(file, operations, reads_json)?;
    types::run(file);
    NoSuchMethod.visit_file_mut(file);
    KeepNull.visit_file_mut(file);
    KeepAbsent.visit_file_mut(file);
    // Behind `KeepNull`: null has no meaning for a list, whatever is in it.
    empty_lists::run(file);
    request::run(file)?;
    OpenByDefault::run(file);
    non_exhaustive::run(file);
    BaseUrlOfPipeline.visit_file_mut(file);
    replace_constructors(file)
}

/// The generator sends `api-version: <info.version>` with every request, and
/// has no setting against it. Nothing documents such a header.
#[derive(Default)]
struct DropApiVersion {
    removed: usize,
}

impl DropApiVersion {
    fn run(file: &mut syn::File) -> usize {
        let mut pass = Self::default();
        pass.visit_file_mut(file);
        pass.removed
    }
}

impl VisitMut for DropApiVersion {
    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        let before = block.stmts.len();
        block
            .stmts
            .retain(|statement| !appends_api_version(statement));
        self.removed += before - block.stmts.len();
        visit_mut::visit_block_mut(self, block);
    }
}

fn appends_api_version(statement: &syn::Stmt) -> bool {
    let syn::Stmt::Expr(syn::Expr::MethodCall(call), _) = statement else {
        return false;
    };
    call.method == "append" && quote!(#call).to_string().contains("\"api-version\"")
}

/// serde takes a null for an absent member, also where the member's type gives
/// null a meaning; the generator has no setting for the attribute against it.
struct KeepNull;

impl VisitMut for KeepNull {
    fn visit_field_mut(&mut self, field: &mut syn::Field) {
        let kind = &field.ty;
        let kind = quote!(#kind).to_string();
        let serialized = field
            .attrs
            .iter()
            .any(|attribute| attribute.path().is_ident("serde"));
        if serialized
            && kind.starts_with(":: std :: option :: Option")
            && kind.contains(":: Nullable")
        {
            field.attrs.push(
                syn::parse_quote!(#[serde(default, deserialize_with = "perspio_http::some")]),
            );
        }
    }
}

/// The generator calls `options` and `trace` of reqwest's client, which has
/// neither.
struct NoSuchMethod;

impl VisitMut for NoSuchMethod {
    fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        let of = &call.receiver;
        let name = call.method.to_string();
        if ["options", "trace"].contains(&name.as_str())
            && call.args.len() == 1
            && quote!(#of).to_string() == "client . client"
        {
            let method = quote::format_ident!("{}", name.to_uppercase());
            call.args
                .insert(0, syn::parse_quote!(::reqwest::Method::#method));
            call.method = quote::format_ident!("request");
        }
    }
}

/// The generator boxes a member that leads back to its own type outside of the
/// option, and then writes null for one that is absent.
struct KeepAbsent;

impl VisitMut for KeepAbsent {
    fn visit_field_mut(&mut self, field: &mut syn::Field) {
        let kind = &field.ty;
        let kind = quote!(#kind).to_string();
        let attributes = field.attrs.iter();
        let said: String = attributes
            .map(|attribute| quote!(#attribute).to_string())
            .collect();
        if kind.starts_with(":: std :: boxed :: Box < :: std :: option :: Option")
            && said.contains("default")
            && !said.contains("skip_serializing_if")
        {
            field.attrs.push(syn::parse_quote!(
                #[serde(skip_serializing_if = "::std::option::Option::is_none")]
            ));
        }
    }
}

/// A type's builder demands a value for the map that takes unnamed members,
/// though no document can ask for one. It begins empty.
#[derive(Default)]
struct OpenByDefault {
    /// Type and member of each such map.
    maps: Vec<(syn::Ident, syn::Ident)>,
}

impl OpenByDefault {
    fn run(file: &mut syn::File) {
        let mut pass = Self::default();
        // Once to find the maps, once to mend the builders.
        pass.visit_file_mut(file);
        pass.visit_file_mut(file);
    }
}

impl VisitMut for OpenByDefault {
    fn visit_item_struct_mut(&mut self, item: &mut syn::ItemStruct) {
        let is_flattened = |field: &&syn::Field| {
            field
                .attrs
                .iter()
                .any(|attribute| quote!(#attribute).to_string().contains("flatten"))
        };
        let maps = item
            .fields
            .iter()
            .filter(is_flattened)
            .filter_map(|field| field.ident.clone());
        self.maps.extend(maps.map(|map| (item.ident.clone(), map)));
    }

    fn visit_item_impl_mut(&mut self, item: &mut syn::ItemImpl) {
        let is_default = item.trait_.as_ref().is_some_and(|(path, _)| {
            path.segments
                .last()
                .is_some_and(|segment| segment.ident == "Default")
        });
        let of = &item.self_ty;
        let of = quote!(#of).to_string();
        let maps: Vec<_> = self
            .maps
            .iter()
            .filter(|(owner, _)| *owner == of)
            .cloned()
            .collect();
        if is_default {
            for (_, map) in &maps {
                visit_mut::visit_item_impl_mut(&mut EmptyMap(map), item);
            }
        }
    }
}

struct EmptyMap<'a>(&'a syn::Ident);

impl VisitMut for EmptyMap<'_> {
    fn visit_field_value_mut(&mut self, field: &mut syn::FieldValue) {
        if matches!(&field.member, syn::Member::Named(name) if name == self.0) {
            field.expr = syn::parse_quote!(Ok(::std::default::Default::default()));
        }
    }
}

/// The generated constructors build a `reqwest::Client` of their own, without
/// credentials and with a total timeout that cuts long downloads. They are
/// replaced by one that takes the pipeline, for the client's crate only.
fn replace_constructors(file: &mut syn::File) -> Result<()> {
    let mut replaced = 0;
    for item in &mut file.items {
        let syn::Item::Impl(block) = item else {
            continue;
        };
        let constructs = |item: &syn::ImplItem| {
            matches!(item, syn::ImplItem::Fn(function)
                if function.sig.ident == "new" || function.sig.ident == "new_with_client")
        };
        let of_client =
            matches!(&*block.self_ty, syn::Type::Path(path) if path.path.is_ident("Client"));
        if block.trait_.is_none() && of_client && block.items.iter().any(constructs) {
            block.items = vec![syn::parse_quote! {
                pub(crate) fn from_pipeline(pipeline: perspio_http::Pipeline) -> Self {
                    Self {
                        client: pipeline.http().clone(),
                        inner: pipeline,
                    }
                }
            }];
            replaced += 1;
        }
    }
    ensure!(
        replaced == 1,
        "the generator's constructors were not found: change the pass that replaces them"
    );
    Ok(())
}

/// The generated client has a text of its own for the base URL, which the pipeline
/// has already: each clone of the client would copy it.
struct BaseUrlOfPipeline;

impl VisitMut for BaseUrlOfPipeline {
    fn visit_fields_named_mut(&mut self, fields: &mut syn::FieldsNamed) {
        let is_inner = |field: &syn::Field| field.ident.as_ref().is_some_and(|it| it == "inner");
        if fields.named.iter().any(is_inner) {
            let all = std::mem::take(&mut fields.named).into_iter();
            let is_base_url = |it: &syn::Ident| it == "baseurl";
            let kept = all.filter(|field| !field.ident.as_ref().is_some_and(is_base_url));
            fields.named = kept.collect();
        }
    }

    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if quote!(#expression).to_string() == "self . baseurl . as_str ()" {
            *expression = syn::parse_quote!(self.inner.base_url());
        }
    }
}
