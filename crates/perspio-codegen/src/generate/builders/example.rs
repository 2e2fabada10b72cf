//! The documentation of an operation, with an example that compiles.

use std::fmt::Write as _;

use super::read::{BodyType, Builder, Field, Response, Role};
use crate::generate::documentation::doc;
use crate::generate::format::type_text;
use crate::generate::names::elsewhere;
use crate::model::method_name;
use crate::rust::{name_of_type, names, path_of_type};

impl Builder<'_> {
    /// Returns the documentation of the method that begins a request.
    pub(super) fn documentation(&self, crate_name: &str) -> Vec<syn::Attribute> {
        let request = self.request;
        let documentation = &request.documentation;
        let mut all = Vec::new();
        if !documentation.summary.is_empty() {
            all.extend(doc(&sentence(&documentation.summary)));
            all.push(syn::parse_quote!(#[doc = ""]));
        }
        if !documentation.description.is_empty() {
            all.extend(doc(&documentation.description));
            all.push(syn::parse_quote!(#[doc = ""]));
        }
        let provenance = match documentation.provenance.as_str() {
            "" => String::new(),
            provenance => format!(" ({provenance})"),
        };
        let mut text = format!("`{} {}`{provenance}\n\n", request.method, request.path);
        text += &self.example(crate_name);
        if let Some(errors) = self.errors() {
            text += "\n\n# Errors\n\n";
            text += &errors;
        }
        all.extend(doc(&text));
        all
    }

    /// Returns the documented errors.
    fn errors(&self) -> Option<String> {
        let statuses = self.request.documentation.errors.iter();
        let statuses: Vec<_> = statuses
            .map(|status| match status.as_str() {
                "default" => "any other status".to_owned(),
                status => format!("`{status}`"),
            })
            .collect();
        if statuses.is_empty() {
            return None;
        }
        let statuses = statuses.join(", ");
        let failure = self.failure.as_ref().and_then(path_of_type);
        Some(match failure.map(names).as_deref() {
            Some([module, name]) if module == "types" => {
                format!("{statuses}: the body is a [`types::{name}`].")
            }
            _ => format!("Documented: {statuses}."),
        })
    }

    /// Returns a call with every required value. The values are arguments of a function, so
    /// that the example compiles with any types.
    fn example(&self, crate_name: &str) -> String {
        let mut arguments = vec![format!("client: {crate_name}::Client")];
        let mut call = format!("client.{}()", self.request.name);
        for field in self.fields.iter().filter(|field| !field.is_optional()) {
            let ty = field.in_examples(crate_name);
            arguments.push(format!("{}: {ty}", field.ident));
            let _ = write!(call, ".{0}({0})", field.ident);
        }
        let bound = match &self.response {
            Response::Nothing => String::new(),
            Response::Stream => "let bytes = ".to_owned(),
            Response::Events(_) => "let events = ".to_owned(),
            Response::Value(ty) => format!("let {} = ", variable(ty)),
        };
        let allow = if self.request.documentation.is_deprecated {
            "# #[allow(deprecated)]\n"
        } else {
            ""
        };
        format!(
            "```no_run\n{allow}# async fn example({}) -> Result<(), {crate_name}::Error> {{\n\
             {bound}{call}.send().await?;\n# Ok(())\n# }}\n```",
            arguments.join(", ")
        )
    }
}

impl Field<'_> {
    /// Returns the type of a value, as another crate names it.
    fn in_examples(&self, crate_name: &str) -> String {
        match &self.role {
            Role::Body(_, BodyType::Text) => "String".to_owned(),
            Role::Body(_, BodyType::Bytes) => "Vec<u8>".to_owned(),
            _ => type_text(&elsewhere(&self.ty, crate_name)),
        }
    }
}

/// Returns a name for a value of this type.
fn variable(ty: &syn::Type) -> String {
    let name = path_of_type(ty).filter(|path| {
        let is_own = path.segments.len() == 2 && path.leading_colon.is_none();
        is_own
            && path
                .segments
                .last()
                .is_some_and(|last| last.arguments.is_empty())
    });
    match name.and_then(|_| name_of_type(ty)) {
        Some(name) => method_name(&name),
        None => "response".to_owned(),
    }
}

/// Returns a summary with the full stop that many documents omit.
fn sentence(summary: &str) -> String {
    let summary = summary.trim();
    if summary.ends_with(['.', '!', '?', ':']) {
        summary.to_owned()
    } else {
        format!("{summary}.")
    }
}
