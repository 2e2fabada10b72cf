//! What differs between the public APIs of two generated clients, and whether
//! it breaks the programs that use them.
//!
//! The levels of the rules follow the generated code: fields are public, and builders report
//! a missing value when the call is made.

mod types;

use std::collections::BTreeSet;

use super::rules::{self, Rule};
use super::{Finding, Kind};
use crate::surface::{Operation, Setter, Surface};

/// The part of the generated code to which an effect belongs.
#[derive(Clone, Debug)]
pub(crate) enum Owner {
    Operation(String),
    /// An operation's setter.
    Setter(String, String),
    /// The type of an operation's response.
    Success(String),
    /// The documented statuses of an operation.
    Responses(String),
    Type(String),
    /// A type's member, by its name in JSON.
    Member(String, String),
    Other(String),
}

/// Returns every difference, with the part to which it belongs.
pub(crate) fn effects(old: &Surface, new: &Surface) -> Vec<(Owner, Finding)> {
    let mut effects = Effects(Vec::new());
    for name in keys(old.operations.keys(), new.operations.keys()) {
        let owner = Owner::Operation(name.clone());
        let call = format!("client.{name}()");
        match (old.operations.get(name), new.operations.get(name)) {
            (Some(_), None) => effects.removed(owner, &rules::RUST_METHOD_REMOVED, &call),
            (None, Some(_)) => effects.added(owner, &rules::RUST_METHOD_ADDED, &call),
            (Some(old), Some(new)) => operation(name, old, new, &mut effects),
            (None, None) => {}
        }
    }
    for name in keys(old.types.keys(), new.types.keys()) {
        let owner = Owner::Type(name.clone());
        match (old.types.get(name), new.types.get(name)) {
            (Some(_), None) => effects.removed(owner, &rules::RUST_TYPE_REMOVED, name),
            (None, Some(_)) => effects.added(owner, &rules::RUST_TYPE_ADDED, name),
            (Some(old), Some(new)) => types::of_type(name, old, new, &mut effects),
            (None, None) => {}
        }
    }
    let items = [&rules::RUST_ITEM_REMOVED, &rules::RUST_ITEM_ADDED];
    effects.lines(items, &old.others, &new.others, "", |line| {
        Owner::Other(line.to_owned())
    });
    effects.0
}

/// Collects the differences.
struct Effects(Vec<(Owner, Finding)>);

impl Effects {
    fn add(&mut self, owner: Owner, rule: &'static Rule, kind: Kind, text: String) {
        self.0.push((owner, Finding::new(rule, kind, text)));
    }

    fn removed(&mut self, owner: Owner, rule: &'static Rule, name: &str) {
        self.add(owner, rule, Kind::Removed, format!("{name} is removed"));
    }

    fn added(&mut self, owner: Owner, rule: &'static Rule, name: &str) {
        self.add(owner, rule, Kind::Added, format!("{name} is new"));
    }

    /// Adds a difference of two texts; none if they are the same.
    fn changed(&mut self, owner: Owner, rule: &'static Rule, name: &str, old: &str, new: &str) {
        let or_nothing = |text: &str| {
            if text.is_empty() {
                "nothing".to_owned()
            } else {
                text.to_owned()
            }
        };
        let (old, new) = (or_nothing(old), or_nothing(new));
        if old != new {
            self.add(owner, rule, Kind::Changed, format!("{name}: {old} → {new}"));
        }
    }

    /// Adds the lines that only one side has.
    fn lines(
        &mut self,
        [removed, added]: [&'static Rule; 2],
        old: &BTreeSet<String>,
        new: &BTreeSet<String>,
        prefix: &str,
        owner: impl Fn(&str) -> Owner,
    ) {
        for line in old.difference(new) {
            self.removed(owner(line), removed, &format!("{prefix}{line}"));
        }
        for line in new.difference(old) {
            self.added(owner(line), added, &format!("{prefix}{line}"));
        }
    }
}

fn keys<'a>(
    old: impl Iterator<Item = &'a String>,
    new: impl Iterator<Item = &'a String>,
) -> BTreeSet<&'a String> {
    old.chain(new).collect()
}

fn operation(name: &str, old: &Operation, new: &Operation, effects: &mut Effects) {
    let owner = || Owner::Operation(name.to_owned());
    let call = format!("client.{name}()");
    effects.changed(
        owner(),
        &rules::RUST_BUILDER_ITEM_REMOVED,
        &format!("the owner and the builder of {call}"),
        &format!("{}, {}", old.owner, old.builder),
        &format!("{}, {}", new.owner, new.builder),
    );
    let marks = |operation: &Operation| operation.marks.join(", ");
    effects.changed(
        owner(),
        &rules::RUST_OPERATION_CHANGED,
        &format!("the properties of {call}"),
        &marks(old),
        &marks(new),
    );
    let request_line = |operation: &Operation| format!("{} {}", operation.method, operation.path);
    effects.changed(
        owner(),
        &rules::RUST_REQUEST_LINE_CHANGED,
        &format!("{call} sends"),
        &request_line(old),
        &request_line(new),
    );
    let server = |operation: &Operation| match &operation.server {
        Some(name) => format!("the server `{name}`"),
        None => "the base URL".to_owned(),
    };
    effects.changed(
        owner(),
        &rules::RUST_SERVER_CHANGED,
        &format!("{call} sends its request to"),
        &server(old),
        &server(new),
    );
    for setter in keys(old.setters.keys(), new.setters.keys()) {
        let owner = Owner::Setter(name.to_owned(), setter.clone());
        let function = format!("{call}.{setter}(…)");
        let setters = [old.setters.get(setter), new.setters.get(setter)];
        of_setter(&owner, &function, setters, effects);
    }
    effects.changed(
        Owner::Success(name.to_owned()),
        &rules::RUST_RESPONSE_TYPE_CHANGED,
        &format!("{call} returns"),
        &old.success,
        &new.success,
    );
    let responses = |operation: &Operation| {
        let all = operation.responses.iter();
        let all = all.map(|(types, statuses)| format!("{} {types}", statuses.join(", ")));
        all.collect::<Vec<_>>().join("; ").trim_end().to_owned()
    };
    effects.changed(
        Owner::Responses(name.to_owned()),
        &rules::RUST_RESPONSES_CHANGED,
        &format!("the documented responses of {call}"),
        &responses(old),
        &responses(new),
    );
    let items = [
        &rules::RUST_BUILDER_ITEM_REMOVED,
        &rules::RUST_BUILDER_ITEM_ADDED,
    ];
    let prefix = format!("{call}: ");
    effects.lines(items, &old.others, &new.others, &prefix, |_| owner());
}

fn of_setter(
    owner: &Owner,
    function: &str,
    [old, new]: [Option<&Setter>; 2],
    effects: &mut Effects,
) {
    let owner = || owner.clone();
    let (old, new) = match (old, new) {
        (Some(_), None) => {
            return effects.removed(owner(), &rules::RUST_SETTER_REMOVED, function);
        }
        (None, Some(new)) if new.required => {
            let text = format!("{function}, without which the call fails,");
            return effects.added(owner(), &rules::RUST_REQUIRED_SETTER_ADDED, &text);
        }
        (None, Some(_)) => return effects.added(owner(), &rules::RUST_SETTER_ADDED, function),
        (Some(old), Some(new)) => (old, new),
        (None, None) => return,
    };
    effects.changed(
        owner(),
        &rules::RUST_SETTER_TYPE_CHANGED,
        function,
        &old.ty,
        &new.ty,
    );
    effects.changed(
        owner(),
        &rules::RUST_SETTER_ENCODING_CHANGED,
        &format!("{function} is sent as"),
        &old.sent_as,
        &new.sent_as,
    );
    if new.required && !old.required {
        let text = format!("without {function} the call fails");
        let rule = &rules::RUST_SETTER_BECAME_REQUIRED;
        effects.add(owner(), rule, Kind::Changed, text);
    } else if old.required && !new.required {
        let text = format!("{function} may be left out");
        let rule = &rules::RUST_SETTER_BECAME_OPTIONAL;
        effects.add(owner(), rule, Kind::Changed, text);
    }
}
