//! Differences of one generated type.

use super::{Effects, Owner};
use crate::diff::Kind;
use crate::diff::rules;
use crate::surface::{Member, Shape, Type, Variant};

pub(super) fn of_type(name: &str, old: &Type, new: &Type, effects: &mut Effects) {
    let owner = || Owner::Type(name.to_owned());
    match (&old.shape, &new.shape) {
        (Shape::Struct(before), Shape::Struct(after))
        | (Shape::Tuple(before), Shape::Tuple(after)) => {
            of_fields(name, (before, old), (after, new), effects);
        }
        (Shape::Enum(before), Shape::Enum(after)) => {
            of_variants(name, before, after, old.non_exhaustive, effects);
        }
        (before, after) => {
            let rule = &rules::RUST_TYPE_SHAPE_CHANGED;
            effects.changed(owner(), rule, name, before.word(), after.word());
        }
    }
    let exhaustive = "exhaustive";
    let non_exhaustive = "non-exhaustive";
    if new.non_exhaustive && !old.non_exhaustive {
        let rule = &rules::RUST_TYPE_BECAME_NON_EXHAUSTIVE;
        effects.changed(owner(), rule, name, exhaustive, non_exhaustive);
    } else if old.non_exhaustive && !new.non_exhaustive {
        let rule = &rules::RUST_TYPE_BECAME_EXHAUSTIVE;
        effects.changed(owner(), rule, name, non_exhaustive, exhaustive);
    }
    effects.changed(
        owner(),
        &rules::RUST_TYPE_ENCODING_CHANGED,
        &format!("{name}, serde"),
        &old.serde.join(", "),
        &new.serde.join(", "),
    );
    let prefix = format!("{name}: ");
    let traits = [&rules::RUST_TRAIT_REMOVED, &rules::RUST_TRAIT_ADDED];
    effects.lines(traits, &old.traits, &new.traits, &prefix, |_| owner());
    let functions = [&rules::RUST_FUNCTION_REMOVED, &rules::RUST_FUNCTION_ADDED];
    effects.lines(functions, &old.functions, &new.functions, &prefix, |_| {
        owner()
    });
    rejections(name, old, new, effects);
}

fn of_fields(
    name: &str,
    (before, old): (&[Member], &Type),
    (after, new): (&[Member], &Type),
    effects: &mut Effects,
) {
    let by_name =
        |fields: &[Member], name: &str| fields.iter().position(|field| field.name == name);
    for field in before {
        if by_name(after, &field.name).is_none() {
            let rule = if field.public {
                &rules::RUST_FIELD_REMOVED
            } else {
                &rules::RUST_PRIVATE_FIELD_CHANGED
            };
            let path = format!("{name}.{}", field.name);
            effects.removed(of_field(name, field), rule, &path);
        }
    }
    for field in after {
        let path = format!("{name}.{}", field.name);
        let owner = of_field(name, field);
        if let Some(old) = by_name(before, &field.name).and_then(|at| before.get(at)) {
            field_of_both(&owner, &path, old, field, effects);
            continue;
        }
        // Programs can write the struct as a literal, or match all of its fields.
        let exhaustive = !old.non_exhaustive || !new.non_exhaustive;
        let rule = if exhaustive || field.required {
            &rules::RUST_REQUIRED_FIELD_ADDED
        } else {
            &rules::RUST_FIELD_ADDED
        };
        effects.added(owner, rule, &path);
    }
}

fn field_of_both(owner: &Owner, path: &str, old: &Member, new: &Member, effects: &mut Effects) {
    let owner = || owner.clone();
    let type_rule = if old.public {
        &rules::RUST_FIELD_TYPE_CHANGED
    } else {
        &rules::RUST_PRIVATE_FIELD_CHANGED
    };
    effects.changed(owner(), type_rule, path, &old.ty, &new.ty);
    if old.public && !new.public {
        let rule = &rules::RUST_FIELD_BECAME_PRIVATE;
        effects.changed(owner(), rule, path, "public", "private");
    } else if new.public && !old.public {
        let rule = &rules::RUST_FIELD_BECAME_PUBLIC;
        effects.changed(owner(), rule, path, "private", "public");
    }
    let json_name = |field: &Member| field.json_name.clone().unwrap_or_default();
    effects.changed(
        owner(),
        &rules::RUST_FIELD_ENCODING_CHANGED,
        &format!("{path} in JSON"),
        &json_name(old),
        &json_name(new),
    );
    effects.changed(
        owner(),
        &rules::RUST_FIELD_ENCODING_CHANGED,
        &format!("{path}, serde"),
        &old.serde.join(", "),
        &new.serde.join(", "),
    );
    if new.required && !old.required {
        let text = format!("without {path} the builder fails");
        let rule = &rules::RUST_FIELD_BECAME_REQUIRED;
        effects.add(owner(), rule, Kind::Changed, text);
    } else if old.required && !new.required {
        let text = format!("{path} may be left out of the builder");
        let rule = &rules::RUST_FIELD_BECAME_OPTIONAL;
        effects.add(owner(), rule, Kind::Changed, text);
    }
}

fn of_field(name: &str, field: &Member) -> Owner {
    match &field.json_name {
        Some(json_name) => Owner::Member(name.to_owned(), json_name.clone()),
        None => Owner::Type(name.to_owned()),
    }
}

fn of_variants(
    name: &str,
    before: &[Variant],
    after: &[Variant],
    non_exhaustive: bool,
    effects: &mut Effects,
) {
    let owner = || Owner::Type(name.to_owned());
    let lines = |fields: &[Member]| fields.iter().map(Member::line).collect::<Vec<_>>();
    for old in before {
        let path = format!("{name}::{}", old.name);
        let Some(new) = after.iter().find(|other| other.name == old.name) else {
            effects.removed(owner(), &rules::RUST_VARIANT_REMOVED, &path);
            continue;
        };
        effects.changed(
            owner(),
            &rules::RUST_VARIANT_CHANGED,
            &path,
            &lines(&old.members).join(", "),
            &lines(&new.members).join(", "),
        );
        effects.changed(
            owner(),
            &rules::RUST_VARIANT_ENCODING_CHANGED,
            &format!("{path} in JSON"),
            &old.json_name,
            &new.json_name,
        );
        effects.changed(
            owner(),
            &rules::RUST_VARIANT_ENCODING_CHANGED,
            &format!("{path}, serde"),
            &old.serde.join(", "),
            &new.serde.join(", "),
        );
    }
    let known = |name: &str| before.iter().any(|variant| variant.name == name);
    for variant in after.iter().filter(|variant| !known(&variant.name)) {
        let rule = if non_exhaustive {
            &rules::RUST_VARIANT_ADDED
        } else {
            &rules::RUST_VARIANT_CHANGED
        };
        effects.added(owner(), rule, &format!("{name}::{}", variant.name));
    }
    let names = |variants: &[Variant]| {
        let names = variants.iter().map(|variant| variant.name.clone());
        names.collect::<Vec<_>>()
    };
    let (mut before, mut after) = (names(before), names(after));
    if before != after {
        before.sort();
        after.sort();
        if before == after {
            let text = format!("{name}: the variants are in another order");
            let rule = &rules::RUST_VARIANTS_REORDERED;
            effects.add(owner(), rule, Kind::Changed, text);
        }
    }
}

/// Compares the reasons for which strings are rejected: values that were accepted before may
/// fail now, in a request or in a response.
fn rejections(name: &str, old: &Type, new: &Type, effects: &mut Effects) {
    let owner = || Owner::Type(name.to_owned());
    for reason in new.rejects.difference(&old.rejects) {
        let before = old.rejects.iter().find(|before| alike(before, reason));
        let rule = if before.is_some_and(|before| is_looser(before, reason)) {
            &rules::RUST_LIMIT_RELAXED
        } else {
            &rules::RUST_VALUE_REJECTED
        };
        let text = format!("{name} rejects what is {reason}");
        effects.add(owner(), rule, Kind::Changed, text);
    }
    for reason in old.rejects.difference(&new.rejects) {
        if !new.rejects.iter().any(|after| alike(reason, after)) {
            let text = format!("{name} accepts what is {reason}");
            let rule = &rules::RUST_VALUE_ACCEPTED;
            effects.add(owner(), rule, Kind::Changed, text);
        }
    }
}

/// Whether two texts differ only in their numbers.
fn alike(left: &str, right: &str) -> bool {
    let without_digits =
        |text: &str| -> String { text.chars().filter(|c| !c.is_ascii_digit()).collect() };
    without_digits(left) == without_digits(right)
}

fn is_looser(old: &str, new: &str) -> bool {
    let number = |text: &str| {
        let digits = text.split(|c: char| !c.is_ascii_digit());
        digits
            .filter(|part| !part.is_empty())
            .find_map(|part| part.parse::<u64>().ok())
    };
    match (number(old), number(new)) {
        (Some(before), Some(after)) if new.starts_with("longer than") => after >= before,
        (Some(before), Some(after)) if new.starts_with("shorter than") => after <= before,
        _ => false,
    }
}
