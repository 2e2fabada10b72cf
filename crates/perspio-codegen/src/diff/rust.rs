//! What differs between the public APIs of two generated clients, and whether
//! it breaks the programs that use them.
//!
//! The rules follow the generated code: members are public, and builders report a missing
//! value when the call is made.

mod types;

use std::collections::BTreeSet;

use super::{Effect, Kind};
use crate::surface::{Operation, Surface};

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

/// Every difference, with the part to which it belongs.
pub(crate) fn effects(old: &Surface, new: &Surface) -> Vec<(Owner, Effect)> {
    let mut found = Found(Vec::new());
    for name in keys(old.operations.keys(), new.operations.keys()) {
        let owner = Owner::Operation(name.clone());
        let call = format!("client.{name}()");
        match (old.operations.get(name), new.operations.get(name)) {
            (Some(_), None) => found.removed(owner, true, &call),
            (None, Some(_)) => found.added(owner, false, &call),
            (Some(old), Some(new)) => operation(name, old, new, &mut found),
            (None, None) => {}
        }
    }
    for name in keys(old.types.keys(), new.types.keys()) {
        let owner = Owner::Type(name.clone());
        match (old.types.get(name), new.types.get(name)) {
            (Some(_), None) => found.removed(owner, true, name),
            (None, Some(_)) => found.added(owner, false, name),
            (Some(old), Some(new)) => types::of_type(name, old, new, &mut found),
            (None, None) => {}
        }
    }
    found.lines(&old.others, &new.others, "", |line| {
        Owner::Other(line.to_owned())
    });
    found.0
}

/// The effects that were found.
struct Found(Vec<(Owner, Effect)>);

impl Found {
    fn add(&mut self, owner: Owner, kind: Kind, breaking: bool, text: String) {
        self.0.push((
            owner,
            Effect {
                kind,
                breaking,
                text,
            },
        ));
    }

    fn removed(&mut self, owner: Owner, breaking: bool, what: &str) {
        self.add(owner, Kind::Removed, breaking, format!("{what} is removed"));
    }

    fn added(&mut self, owner: Owner, breaking: bool, what: &str) {
        self.add(owner, Kind::Added, breaking, format!("{what} is new"));
    }

    /// One text where there was another; nothing if they are the same.
    fn changed(&mut self, owner: Owner, breaking: bool, what: &str, old: &str, new: &str) {
        let or_nothing = |text: &str| {
            if text.is_empty() {
                "nothing".to_owned()
            } else {
                text.to_owned()
            }
        };
        let (old, new) = (or_nothing(old), or_nothing(new));
        if old != new {
            self.add(
                owner,
                Kind::Changed,
                breaking,
                format!("{what}: {old} → {new}"),
            );
        }
    }

    /// Lines that are there or not: a removed one breaks.
    fn lines(
        &mut self,
        old: &BTreeSet<String>,
        new: &BTreeSet<String>,
        prefix: &str,
        owner: impl Fn(&str) -> Owner,
    ) {
        for line in old.difference(new) {
            self.removed(owner(line), true, &format!("{prefix}{line}"));
        }
        for line in new.difference(old) {
            self.added(owner(line), false, &format!("{prefix}{line}"));
        }
    }
}

fn keys<'a>(
    old: impl Iterator<Item = &'a String>,
    new: impl Iterator<Item = &'a String>,
) -> BTreeSet<&'a String> {
    old.chain(new).collect()
}

fn operation(name: &str, old: &Operation, new: &Operation, found: &mut Found) {
    let owner = || Owner::Operation(name.to_owned());
    let call = format!("client.{name}()");
    found.changed(
        owner(),
        true,
        &format!("the owner of {call}"),
        &old.owner,
        &new.owner,
    );
    found.changed(
        owner(),
        true,
        &format!("the builder of {call}"),
        &old.builder,
        &new.builder,
    );
    let marks = |operation: &Operation| operation.marks.join(", ");
    found.changed(
        owner(),
        false,
        &format!("the marks of {call}"),
        &marks(old),
        &marks(new),
    );
    let route = |operation: &Operation| format!("{} {}", operation.method, operation.path);
    found.changed(
        owner(),
        false,
        &format!("{call} sends"),
        &route(old),
        &route(new),
    );
    for setter in keys(old.setters.keys(), new.setters.keys()) {
        let owner = || Owner::Setter(name.to_owned(), setter.clone());
        let what = format!("{call}.{setter}(…)");
        match (old.setters.get(setter), new.setters.get(setter)) {
            (Some(_), None) => found.removed(owner(), true, &what),
            (None, Some(new)) if new.required => {
                let what = format!("{what}, without which the call fails,");
                found.added(owner(), true, &what);
            }
            (None, Some(_)) => found.added(owner(), false, &what),
            (Some(old), Some(new)) => {
                found.changed(owner(), true, &what, &old.ty, &new.ty);
                found.changed(
                    owner(),
                    false,
                    &format!("{what} is sent as"),
                    &old.sent_as,
                    &new.sent_as,
                );
                match (old.required, new.required) {
                    (false, true) => {
                        let text = format!("without {what} the call fails");
                        found.add(owner(), Kind::Changed, true, text);
                    }
                    (true, false) => {
                        let text = format!("{what} may be left out");
                        found.add(owner(), Kind::Changed, false, text);
                    }
                    _ => {}
                }
            }
            (None, None) => {}
        }
    }
    let success = Owner::Success(name.to_owned());
    found.changed(
        success,
        true,
        &format!("{call} gives"),
        &old.success,
        &new.success,
    );
    let responses = |operation: &Operation| {
        let all = operation.responses.iter();
        let all = all.map(|(types, statuses)| format!("{} {types}", statuses.join(", ")));
        all.collect::<Vec<_>>().join("; ").trim_end().to_owned()
    };
    found.changed(
        Owner::Responses(name.to_owned()),
        false,
        &format!("the documented responses of {call}"),
        &responses(old),
        &responses(new),
    );
    found.lines(&old.others, &new.others, &format!("{call}: "), |_| owner());
}
