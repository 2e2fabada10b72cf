//! Differences of one generated type.

use super::{Found, Owner};
use crate::diff::Kind;
use crate::surface::{Member, Shape, Type, Variant};

pub(super) fn of_type(name: &str, old: &Type, new: &Type, found: &mut Found) {
    let owner = || Owner::Type(name.to_owned());
    match (&old.shape, &new.shape) {
        (Shape::Struct(before), Shape::Struct(after))
        | (Shape::Tuple(before), Shape::Tuple(after)) => {
            of_members(name, (before, old), (after, new), found);
        }
        (Shape::Enum(before), Shape::Enum(after)) => {
            variants(name, before, after, old.non_exhaustive, found);
        }
        (before, after) => {
            found.changed(owner(), true, name, before.word(), after.word());
        }
    }
    if old.non_exhaustive != new.non_exhaustive {
        let word = |is: bool| if is { "non-exhaustive" } else { "exhaustive" };
        let (before, after) = (word(old.non_exhaustive), word(new.non_exhaustive));
        found.changed(owner(), new.non_exhaustive, name, before, after);
    }
    let serde = |ty: &Type| ty.serde.join(", ");
    found.changed(
        owner(),
        false,
        &format!("{name}, serde"),
        &serde(old),
        &serde(new),
    );
    found.lines(&old.traits, &new.traits, &format!("{name}: "), |_| owner());
    found.lines(&old.functions, &new.functions, &format!("{name}: "), |_| {
        owner()
    });
    rejections(name, old, new, found);
}

fn of_members(
    name: &str,
    (before, old): (&[Member], &Type),
    (after, new): (&[Member], &Type),
    found: &mut Found,
) {
    let by_name = |members: &[Member], name: &str| members.iter().position(|one| one.name == name);
    for member in before {
        if by_name(after, &member.name).is_none() {
            let what = format!("{name}.{}", member.name);
            found.removed(of_member(name, member), member.public, &what);
        }
    }
    for member in after {
        let what = format!("{name}.{}", member.name);
        let owner = of_member(name, member);
        let Some(was) = by_name(before, &member.name).and_then(|at| before.get(at)) else {
            // Programs can write the struct out, or match all of its members.
            let closed = !old.non_exhaustive || !new.non_exhaustive;
            found.added(owner, closed || member.required, &what);
            continue;
        };
        found.changed(owner.clone(), was.public, &what, &was.ty, &member.ty);
        if was.public != member.public {
            let word = |is: bool| if is { "public" } else { "private" };
            found.changed(
                owner.clone(),
                was.public,
                &what,
                word(was.public),
                word(member.public),
            );
        }
        let json_name = |member: &Member| member.json_name.clone().unwrap_or_default();
        found.changed(
            owner.clone(),
            false,
            &format!("{what} in JSON"),
            &json_name(was),
            &json_name(member),
        );
        let serde = |member: &Member| member.serde.join(", ");
        found.changed(
            owner.clone(),
            false,
            &format!("{what}, serde"),
            &serde(was),
            &serde(member),
        );
        if member.required && !was.required {
            let text = format!("without {what} the builder fails");
            found.add(owner, Kind::Changed, true, text);
        } else if was.required && !member.required {
            let text = format!("{what} may be left out of the builder");
            found.add(owner, Kind::Changed, false, text);
        }
    }
}

fn of_member(name: &str, member: &Member) -> Owner {
    match &member.json_name {
        Some(json_name) => Owner::Member(name.to_owned(), json_name.clone()),
        None => Owner::Type(name.to_owned()),
    }
}

fn variants(name: &str, before: &[Variant], after: &[Variant], open: bool, found: &mut Found) {
    let owner = || Owner::Type(name.to_owned());
    let lines = |members: &[Member]| {
        members
            .iter()
            .map(Member::line)
            .collect::<Vec<_>>()
            .join(", ")
    };
    for variant in before {
        let what = format!("{name}::{}", variant.name);
        match after.iter().find(|other| other.name == variant.name) {
            None => found.removed(owner(), true, &what),
            Some(now) => {
                found.changed(
                    owner(),
                    true,
                    &what,
                    &lines(&variant.members),
                    &lines(&now.members),
                );
                found.changed(
                    owner(),
                    false,
                    &format!("{what} in JSON"),
                    &variant.json_name,
                    &now.json_name,
                );
                let serde = |variant: &Variant| variant.serde.join(", ");
                found.changed(
                    owner(),
                    false,
                    &format!("{what}, serde"),
                    &serde(variant),
                    &serde(now),
                );
            }
        }
    }
    let known = |name: &str| before.iter().any(|variant| variant.name == name);
    for variant in after.iter().filter(|variant| !known(&variant.name)) {
        // A `match` that names every variant does not any more.
        found.added(owner(), !open, &format!("{name}::{}", variant.name));
    }
    let names = |variants: &[Variant]| {
        variants
            .iter()
            .map(|one| one.name.clone())
            .collect::<Vec<_>>()
    };
    let (mut before, mut after) = (names(before), names(after));
    if before != after {
        before.sort();
        after.sort();
        if before == after {
            let text = format!("{name}: the variants are in another order");
            found.add(owner(), Kind::Changed, false, text);
        }
    }
}

/// Why strings are rejected: values that were accepted before may fail now, in a request
/// or in a response.
fn rejections(name: &str, old: &Type, new: &Type, found: &mut Found) {
    let owner = || Owner::Type(name.to_owned());
    for now in new.rejects.difference(&old.rejects) {
        let was = old.rejects.iter().find(|was| alike(was, now));
        let looser = was.is_some_and(|was| looser(was, now));
        let text = format!("{name} rejects what is {now}");
        found.add(owner(), Kind::Changed, !looser, text);
    }
    for was in old.rejects.difference(&new.rejects) {
        if !new.rejects.iter().any(|now| alike(was, now)) {
            let text = format!("{name} accepts what is {was}");
            found.add(owner(), Kind::Changed, false, text);
        }
    }
}

/// Whether two texts differ only in their numbers.
fn alike(left: &str, right: &str) -> bool {
    let words = |text: &str| -> String { text.chars().filter(|c| !c.is_ascii_digit()).collect() };
    words(left) == words(right)
}

fn looser(was: &str, now: &str) -> bool {
    let number = |text: &str| {
        let digits = text.split(|c: char| !c.is_ascii_digit());
        digits
            .filter(|part| !part.is_empty())
            .find_map(|part| part.parse::<u64>().ok())
    };
    match (number(was), number(now)) {
        (Some(was), Some(more)) if now.starts_with("longer than") => more >= was,
        (Some(was), Some(less)) if now.starts_with("shorter than") => less <= was,
        _ => false,
    }
}
