//! The documentation of an operation, with an example that compiles.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use heck::ToPascalCase;

use super::read::{BodyType, Builder, Field, Response, Role};
use crate::generate::documentation::doc;
use crate::generate::format::type_text;
use crate::generate::names::elsewhere;
use crate::model::method_name;
use crate::rust::{name_of_type, path_of_type};

impl Builder<'_> {
    /// Returns the documentation of the method that begins a request.
    /// It links to the `types` of the client.
    pub(super) fn documentation(
        &self,
        crate_name: &str,
        types: &BTreeSet<String>,
    ) -> Vec<syn::Attribute> {
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
        if let Some(errors) = self.errors(types) {
            text += "\n\n# Errors\n\n";
            text += &errors;
        }
        all.extend(doc(&text));
        all
    }

    /// Returns the documented errors, those with bodies of one type together.
    fn errors(&self, types: &BTreeSet<String>) -> Option<String> {
        let mut bodies: Vec<(String, Vec<String>)> = Vec::new();
        for response in self.request.responses.iter().filter(|it| it.is_error()) {
            let status = match response.status.as_str() {
                "default" => "any other status".to_owned(),
                status => format!("`{status}`"),
            };
            let name = response.component.as_ref().map(|it| it.to_pascal_case());
            let body = if let Some(name) = name.filter(|name| types.contains(name)) {
                format!("a [`types::{name}`]")
            } else {
                let named = response.media_types.iter().filter(|it| !it.contains('*'));
                let named: Vec<_> = named.map(|it| format!("`{it}`")).collect();
                named.join(" or ")
            };
            match bodies.iter_mut().find(|(known, _)| *known == body) {
                Some((_, statuses)) => statuses.push(status),
                None => bodies.push((body, vec![status])),
            }
        }
        let is_list = bodies.len() > 1;
        let lines = bodies.iter().map(|(body, statuses)| {
            let statuses = match statuses.join(", ").as_str() {
                "any other status" => "Any other status".to_owned(),
                statuses => statuses.to_owned(),
            };
            let bullet = if is_list { "- " } else { "" };
            match body.as_str() {
                "" if is_list => format!("- {statuses}"),
                "" => format!("Documented: {statuses}."),
                body => format!("{bullet}{statuses}: the body is {body}."),
            }
        });
        let lines: Vec<_> = lines.collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// Returns a call with every required value. The values are arguments of a function, so
    /// that the example compiles with any types.
    fn example(&self, crate_name: &str) -> String {
        let bound = match &self.response {
            Response::Nothing => String::new(),
            Response::Stream => "let bytes = ".to_owned(),
            Response::Events(_) => "let events = ".to_owned(),
            Response::Value(ty) => format!("let {} = ", variable(ty)),
        };
        self.function(crate_name, |call| format!("{bound}{call}.send().await?;"))
    }

    /// Returns an example whose code uses the call without its last function.
    pub(super) fn function(&self, crate_name: &str, code: impl Fn(&str) -> String) -> String {
        let mut arguments = vec![format!("client: {crate_name}::Client")];
        let mut call = format!("client.{}()", self.request.name);
        for field in self.fields.iter().filter(|field| !field.is_optional()) {
            let ty = field.in_examples(crate_name);
            arguments.push(format!("{}: {ty}", field.ident));
            let _ = write!(call, ".{0}({0})", field.ident);
        }
        let allow = if self.request.documentation.is_deprecated {
            "# #[allow(deprecated)]\n"
        } else {
            ""
        };
        format!(
            "```no_run\n{allow}# async fn example({}) -> Result<(), {crate_name}::Error> {{\n\
             {}\n# Ok(())\n# }}\n```",
            arguments.join(", "),
            code(&call)
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
