//! The effect of each keyword, there and back.

use serde_json::{Value, json};

use super::{Effect, Limit};

fn effect(keyword: &str, old: &Value, new: &Value) -> Option<Effect> {
    let present = |value| Some(value).filter(|value: &&Value| !value.is_null());
    let limit = Limit::of(keyword).unwrap();
    limit.effect(present(old), present(new))
}

#[test]
fn a_keyword_that_accepts_fewer_values_is_tighter_and_looser_in_reverse() {
    for (keyword, loose, tight) in [
        ("maximum", json!(5), json!(4.5)),
        ("exclusiveMaximum", json!(5), json!(-5)),
        ("maxLength", Value::Null, json!(5)),
        ("maxItems", json!(50), json!(10)),
        ("minimum", json!(-1), json!(0)),
        ("minimum", Value::Null, json!(0)),
        ("minItems", json!(0), json!(1)),
        ("minLength", Value::Null, json!(1)),
        ("pattern", Value::Null, json!("^a")),
        ("multipleOf", json!(0.1), json!(0.2)),
        ("multipleOf", Value::Null, json!(2)),
        ("uniqueItems", json!(false), json!(true)),
        ("required", json!(false), json!(true)),
        ("required", Value::Null, json!(["a"])),
        ("nullable", json!(true), Value::Null),
        (
            "additionalProperties",
            json!({"type": "string"}),
            json!(false),
        ),
        ("enum", Value::Null, json!(["a"])),
    ] {
        let change = format!("{keyword}: {loose} → {tight}");
        assert_eq!(
            effect(keyword, &loose, &tight),
            Some(Effect::Tighter),
            "{change}"
        );
        assert_eq!(
            effect(keyword, &tight, &loose),
            Some(Effect::Looser),
            "{change}"
        );
    }
}

#[test]
fn patterns_and_multiples_that_cannot_be_compared_have_both_effects() {
    for (keyword, old, new) in [
        ("pattern", json!("^a"), json!("^b")),
        ("multipleOf", json!(2), json!(3)),
        ("multipleOf", json!(0), json!(3)),
    ] {
        assert_eq!(effect(keyword, &old, &new), Some(Effect::Both), "{keyword}");
    }
}

#[test]
fn a_keyword_that_says_the_default_has_no_effect() {
    for (keyword, old, new) in [
        ("minItems", Value::Null, json!(0)),
        ("uniqueItems", Value::Null, json!(false)),
        ("nullable", json!(false), Value::Null),
        ("additionalProperties", Value::Null, json!(true)),
        ("maximum", json!(5), json!(5.0)),
        ("maximum", json!("5"), json!("6")),
    ] {
        assert_eq!(
            effect(keyword, &old, &new),
            None,
            "{keyword}: {old} → {new}"
        );
    }
}
