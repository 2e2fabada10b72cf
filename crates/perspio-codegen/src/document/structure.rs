//! The structure of `OpenAPI` documents: the members of every object, and their forms.
//!
//! It distinguishes the members that `OpenAPI` defines from those whose names the author chooses,
//! such as a property with the name `example` or a response with the status `default`.

mod members;

use Form::{Data, Is, List, Named};

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    /// Any value: an example, a default, or one that is not described here.
    Data,
    /// A string.
    Text,
    /// One of these strings.
    Word(&'static [&'static str]),
    /// One of these strings, or a list of them.
    Words(&'static [&'static str]),
    /// A boolean.
    Flag,
    /// An object that `OpenAPI` defines.
    Is(Object),
    /// A list of values of a form.
    List(&'static Form),
    /// An object with values of a form, whose names the author chooses.
    Named(&'static Form),
    /// A schema or a list of schemas.
    Schemas,
    /// A boolean, or the bound of a number.
    FlagOrNumber,
}

/// An object that `OpenAPI` defines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Object {
    Callback,
    Components,
    Contact,
    Discriminator,
    Document,
    Encoding,
    Example,
    ExternalDocs,
    Flow,
    Flows,
    Header,
    Info,
    License,
    Link,
    MediaType,
    Operation,
    Parameter,
    PathItem,
    Paths,
    RequestBody,
    Response,
    Responses,
    Schema,
    SecurityScheme,
    Server,
    ServerVariable,
    Tag,
    Xml,
}

impl Object {
    /// Returns the form of a member, if `OpenAPI` 3.0 to 3.2 defines one of this name. The
    /// author chooses the names of paths, callbacks and responses.
    pub(crate) fn member(self, name: &str) -> Option<Form> {
        let is_extension = name.starts_with("x-");
        match self {
            _ if is_extension => None,
            Self::Paths | Self::Callback => Some(Is(Self::PathItem)),
            Self::Responses => Some(Is(Self::Response)),
            _ => {
                let mut members = self.members().iter();
                Some(members.find(|(known, _)| *known == name)?.1)
            }
        }
    }

    /// Returns the members that `OpenAPI` defines; none if the author chooses their names.
    pub(crate) fn members(self) -> &'static [(&'static str, Form)] {
        members::of(self)
    }
}

impl Form {
    /// Returns the form of an item of a list.
    pub(crate) fn item(self) -> Self {
        match self {
            List(item) => *item,
            Self::Schemas => Is(Object::Schema),
            Self::Words(words) => Self::Word(words),
            _ => Data,
        }
    }

    /// Returns the form of a member of an object.
    pub(crate) fn member(self, name: &str) -> Self {
        match self {
            Is(object) => object.member(name).unwrap_or(Data),
            Named(member) => *member,
            Self::Schemas => Object::Schema.member(name).unwrap_or(Data),
            _ => Data,
        }
    }

    /// Returns whether an object of this form is a schema.
    pub(crate) fn is_schema(self) -> bool {
        matches!(self, Is(Object::Schema) | Self::Schemas)
    }

    /// Returns whether an object of this form with the text `$ref` is a reference. It is not if
    /// `$ref` is data, or a name that the author chose.
    pub(crate) fn may_be_reference(self) -> bool {
        match self {
            Is(_) | List(_) | Self::Schemas => true,
            Named(member) => !matches!(member, Data | Self::Text),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the form of the value at these names.
    fn at(names: &[&str]) -> Form {
        let document = Is(Object::Document);
        names.iter().fold(document, |form, name| form.member(name))
    }

    #[test]
    fn a_name_that_the_author_chose_is_not_a_keyword() {
        let schema = Is(Object::Schema);
        for name in ["$ref", "default", "example", "items", "properties", "x-a"] {
            let names = ["components", "schemas", name, "properties", name];
            assert_eq!(at(&names), schema, "{name}");
        }
        let response = at(&["paths", "/a", "get", "responses", "default"]);
        assert_eq!(response, Is(Object::Response));
        let examples = ["components", "examples", "a", "value", "schema"];
        assert_eq!(at(&examples), Data);
        assert_eq!(
            at(&["components", "schemas", "A", "default", "items"]),
            Data
        );
    }

    #[test]
    fn the_members_of_each_object_are_sorted_and_listed_once() {
        for object in [
            Object::Components,
            Object::Document,
            Object::Operation,
            Object::Parameter,
            Object::Schema,
        ] {
            let names: Vec<_> = object.members().iter().map(|(name, _)| name).collect();
            assert!(names.is_sorted_by(|left, right| left < right), "{names:?}");
        }
    }
}
