//! Unions are decoded in linear time, and as the variant that fits best.

use std::cell::Cell;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use super::{Constant, Shape, Variant, union};

thread_local! {
    /// How many variants were decoded.
    static DECODED: Cell<usize> = const { Cell::new(0) };
}

/// A recursive union, as it is generated.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Node {
    Frame(Inner),
    Group(Inner),
    Old(Inner),
    Other(Value),
}

#[derive(Debug, Deserialize, Serialize)]
struct Inner {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    children: Vec<Node>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    size: Option<i64>,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

const CHILDREN: &[(&str, Shape)] = &[("children", Shape::List(&Shape::Any))];

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let count = |found| {
            DECODED.set(DECODED.get() + 1);
            found
        };
        let variants = [
            Variant {
                shape: &Shape::Object {
                    required: &[("type", Shape::Constants(&[Constant::String("FRAME")]))],
                    optional: CHILDREN,
                },
                decode: |json| json.decode(Self::Frame),
            },
            Variant {
                shape: &Shape::Object {
                    required: &[("type", Shape::Constants(&[Constant::String("GROUP")]))],
                    optional: CHILDREN,
                },
                decode: |json| json.decode(Self::Group),
            },
            Variant {
                shape: &Shape::Object {
                    required: &[("id", Shape::Any)],
                    optional: CHILDREN,
                },
                decode: |json| json.decode(Self::Old),
            },
            Variant {
                shape: &Shape::Any,
                decode: |json| json.decode(Self::Other),
            },
        ];
        union(deserializer, &variants).map(count)
    }
}

/// Returns a tree with `depth` levels.
fn tree(depth: usize, leaf: &Value) -> Value {
    let mut value = leaf.clone();
    for _ in 1..depth {
        value = json!({"children": [value], "id": "1", "type": "GROUP"});
    }
    value
}

/// Returns the union, and how many variants were decoded.
fn decode(json: &Value) -> (Node, usize) {
    DECODED.set(0);
    let node = serde_json::from_str(&json.to_string()).unwrap();
    (node, DECODED.get())
}

#[test]
fn each_level_of_a_recursive_union_is_decoded_once() {
    let json = tree(60, &json!({"type": "FRAME"}));
    let (node, decoded) = decode(&json);
    assert_eq!(decoded, 60);
    assert_eq!(serde_json::to_value(&node).unwrap(), json);
    let mut open = node;
    while let Node::Group(inner) = open {
        open = inner.children.into_iter().next().unwrap();
    }
    assert!(matches!(open, Node::Frame(_)), "{open:?}");
}

#[test]
fn retries_of_invalid_values_take_linear_time() {
    // Each level fits two variants and fails as both, because its size is a string.
    const DEPTH: usize = 14;
    let level = |children: Vec<Value>| json!({"children": children, "id": "1", "size": "large", "type": "GROUP"});
    let mut json = level(Vec::new());
    for _ in 1..DEPTH {
        json = level(vec![json]);
    }
    let (node, decoded) = decode(&json);
    assert!(matches!(node, Node::Other(_)), "{node:?}");
    assert!(decoded <= 5 * DEPTH, "{decoded}");
    assert_eq!(serde_json::to_value(&node).unwrap(), json);
}

#[test]
fn an_unknown_tag_and_an_invalid_variant_are_preserved_as_any_json() {
    for json in [
        json!({"type": "STAR", "a": [1]}),
        json!("text"),
        json!(null),
    ] {
        let (node, _) = decode(&json);
        assert!(matches!(node, Node::Other(_)), "{node:?}");
        assert_eq!(serde_json::to_value(&node).unwrap(), json);
    }
    let (node, _) = decode(&json!({"type": "FRAME", "size": "large"}));
    assert!(matches!(node, Node::Other(_)), "{node:?}");
}

#[test]
fn json_that_nests_too_deeply_is_an_error() {
    let mut json = json!(1);
    for _ in 0..200 {
        json = json!([json]);
    }
    let error = serde_json::from_value::<Node>(json).unwrap_err();
    let expected = "it nests more than 128 lists and objects";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_union_in_a_union_is_not_copied_and_keeps_null_and_numbers() {
    #[derive(Debug, Deserialize)]
    struct Pair(Option<Node>, u64, f64, Vec<Option<bool>>);
    #[derive(Debug)]
    struct Outer(Pair);
    impl<'de> Deserialize<'de> for Outer {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let variant = Variant {
                shape: &Shape::List(&Shape::Any),
                decode: |json| json.decode(Self),
            };
            union(deserializer, &[variant])
        }
    }
    let Outer(pair) =
        serde_json::from_str("[null, 18446744073709551615, 1, [null, true]]").unwrap();
    assert!(pair.0.is_none());
    assert_eq!((pair.1, pair.2), (u64::MAX, 1.0));
    assert_eq!(pair.3, [None, Some(true)]);
    let Outer(pair) = serde_json::from_str(r#"[{"type": "FRAME"}, 1, 2.5, []]"#).unwrap();
    assert!(matches!(pair.0, Some(Node::Frame(_))), "{pair:?}");
    let error = serde_json::from_str::<Outer>("{}").unwrap_err().to_string();
    assert!(error.contains("matches no variant"), "{error}");
}

/// Returns the indexes of the shapes, the best first.
fn ranked(shapes: &'static [Shape], json: Value) -> Vec<usize> {
    let json = super::json::read(json).unwrap();
    let ranks = shapes.iter().map(|shape| shape.rank(&json)).enumerate();
    let mut all: Vec<_> = ranks
        .filter_map(|(index, rank)| Some((rank?, index)))
        .collect();
    all.sort();
    all.into_iter().map(|(_, index)| index).collect()
}

#[test]
fn the_variant_with_the_most_known_members_is_the_best() {
    const SHAPES: &[Shape] = &[
        Shape::Any,
        Shape::Object {
            required: &[("a", Shape::String)],
            optional: &[("c", Shape::Integer)],
        },
        Shape::Object {
            required: &[("a", Shape::String), ("b", Shape::Integer)],
            optional: &[("c", Shape::Number)],
        },
    ];
    assert_eq!(ranked(SHAPES, json!({"a": "x"})), [1, 0]);
    assert_eq!(ranked(SHAPES, json!({"a": "x", "b": 1})), [2, 1, 0]);
    let fraction = json!({"a": "x", "b": "y", "c": 1});
    assert_eq!(ranked(SHAPES, fraction), [1, 2, 0]);
    assert_eq!(ranked(SHAPES, json!({"b": 1})), [0]);
}

#[test]
fn constants_of_each_type_and_the_items_of_lists_select_a_variant() {
    const SHAPES: &[Shape] = &[
        Shape::Constants(&[Constant::Boolean(true), Constant::Integer(1)]),
        Shape::Constants(&[Constant::String("true"), Constant::Boolean(false)]),
        Shape::List(&Shape::String),
        Shape::List(&Shape::List(&Shape::Integer)),
        Shape::OneOf(&[Shape::Null, Shape::Integer]),
    ];
    assert_eq!(ranked(SHAPES, json!(true)), [0]);
    assert_eq!(ranked(SHAPES, json!(false)), [1]);
    assert_eq!(ranked(SHAPES, json!("true")), [1]);
    assert_eq!(ranked(SHAPES, json!(1)), [0, 4]);
    assert_eq!(ranked(SHAPES, json!(["a"])), [2, 3]);
    assert_eq!(ranked(SHAPES, json!([[1]])), [3, 2]);
    assert_eq!(ranked(SHAPES, json!(null)), [4]);
}
