//! The surface as a text whose difference shows a change and nothing else: sorted, one
//! fact per line, without the prose of the document.

use std::fmt::Write;

use super::{Member, Operation, Setter, Shape, Surface, Type, Variant};

impl Surface {
    /// Returns the text; `name` is the crate, `spec` its document.
    pub fn text(&self, name: &str, spec: &str) -> String {
        let mut text = format!(
            "The public API of {name}, from {spec}, for reviews.\n\
             Generated from the generated code by perspio-codegen. Do not edit.\n"
        );
        text.push_str("\nOPERATIONS\n");
        for (name, operation) in &self.operations {
            text.push('\n');
            text.push_str(&operation.text(name));
        }
        text.push_str("\nTYPES\n");
        for (name, ty) in &self.types {
            text.push('\n');
            text.push_str(&ty.text(name));
        }
        text.push_str("\nEVERYTHING ELSE\n\n");
        for line in &self.others {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

impl Operation {
    fn text(&self, name: &str) -> String {
        let mut lines = vec![
            format!("{} {}", self.method, self.path),
            format!("    {}::{name}", self.owner),
            format!("    marked {}", self.marks.join(", ")),
        ];
        lines.extend(self.server.iter().map(|it| format!("    server {it}")));
        for (name, setter) in &self.setters {
            lines.push(format!("    .{name}({}", setter.line()));
        }
        lines.push(format!("    .send() gives {}", self.success));
        for (body, statuses) in &self.responses {
            let line = format!("    responses {} {body}", statuses.join(", "));
            lines.push(line.trim_end().to_owned());
        }
        lines.extend(self.others.iter().map(|other| format!("    {other}")));
        lines.join("\n") + "\n"
    }
}

impl Setter {
    fn line(&self) -> String {
        let required = if self.required {
            "required"
        } else {
            "optional"
        };
        format!("{})  {required}, {}", self.ty, self.sent_as)
            .trim_end_matches(", ")
            .to_owned()
    }
}

impl Type {
    fn text(&self, name: &str) -> String {
        let lines: Vec<String> = match &self.shape {
            Shape::Struct(members) | Shape::Tuple(members) => {
                members.iter().map(Member::line).collect()
            }
            Shape::Enum(variants) => variants.iter().map(Variant::line).collect(),
        };
        let mut text = format!("{} {name}", self.shape.word());
        if self.non_exhaustive {
            text.push_str(", non-exhaustive");
        }
        let mut add = |line: &str| {
            let _ = write!(text, "\n    {line}");
        };
        for line in &lines {
            add(line);
        }
        for text in &self.rejects {
            add(&format!("rejects what is {text}"));
        }
        if !self.serde.is_empty() {
            add(&format!("serde {}", self.serde.join(", ")));
        }
        for function in &self.functions {
            add(function);
        }
        let traits: Vec<_> = self.traits.iter().map(String::as_str).collect();
        if !traits.is_empty() {
            add(&format!("impl {}", traits.join(", ")));
        }
        text + "\n"
    }
}

impl Member {
    pub(crate) fn line(&self) -> String {
        let mut line = format!("{}: {}", self.name, self.ty);
        let mut notes = Vec::new();
        if !self.public {
            notes.push("private".to_owned());
        }
        if self.required {
            notes.push("required".to_owned());
        }
        match &self.json_name {
            None => notes.push("all other members".to_owned()),
            Some(name) if *name != self.name => notes.push(format!("{name:?}")),
            Some(_) => {}
        }
        notes.extend(self.serde.iter().cloned());
        if !notes.is_empty() {
            line = format!("{line}  {}", notes.join(", "));
        }
        line
    }
}

impl Variant {
    pub(crate) fn line(&self) -> String {
        let members: Vec<_> = self.members.iter().map(Member::line).collect();
        let mut line = self.name.clone();
        if !members.is_empty() {
            line = format!("{line} {{ {} }}", members.join(", "));
        }
        let mut notes = self.serde.clone();
        if self.json_name != self.name {
            notes.insert(0, format!("{:?}", self.json_name));
        }
        if !notes.is_empty() {
            line = format!("{line}  {}", notes.join(", "));
        }
        line
    }
}
