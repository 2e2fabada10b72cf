//! The operations of an API.

use std::cmp::Ordering;

/// One operation of an API's document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The operationId; the client's method has this name.
    pub id: &'static str,
    /// The HTTP method, in capitals.
    pub method: &'static str,
    /// The path, parameters in braces. It may have a query, which is sent as it is.
    pub path: &'static str,
    /// How the operation is known.
    pub provenance: Provenance,
    /// Whether it changes anything on the server.
    pub writes: bool,
    /// Whether it is idempotent although its method is not (`x-repeatable` in the
    /// document).
    pub repeatable: bool,
    /// Whether it is called without credentials: neither a token nor a header, a cookie or a
    /// query key of the profile is sent.
    ///
    /// Generated code sets it from the document. The operation's own `security` counts, else
    /// that of the document: an empty list, or `{}` as the only alternative, means no
    /// credentials. If neither exists, the other operations decide: if one of them names a
    /// scheme in its `security`, the document lists what needs credentials, and this
    /// operation is not listed. Otherwise the document does not say, whether it declares
    /// security schemes or not, and the client sends the credentials that it is configured
    /// with.
    pub anonymous: bool,
    /// The name of its server; `None` if that is the base URL of the client.
    pub server: Option<&'static str>,
}

/// How an operation is known (`x-source` in the document).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// From the vendor's documentation.
    Documented,
    /// From the vendor's public sample code.
    Sample,
    /// Inferred from the two; try it before you rely on it.
    Inferred,
}

impl Operation {
    /// Returns the operation with this id. `operations` are sorted by their ids. Generated
    /// code evaluates this at compile time.
    pub const fn find(operations: &'static [Self], id: &str) -> Option<&'static Self> {
        let mut left = operations;
        loop {
            let (lower, upper) = left.split_at(left.len() / 2);
            let [middle, higher @ ..] = upper else {
                return None;
            };
            left = match order(middle.id.as_bytes(), id.as_bytes()) {
                Ordering::Equal => return Some(middle),
                Ordering::Less => higher,
                Ordering::Greater => lower,
            };
        }
    }

    /// Returns whether the method is one that only reads (RFC 9110 §9.2.1).
    pub(crate) fn has_safe_method(&self) -> bool {
        matches!(self.method, "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }

    /// Whether `path`, without a query, is this operation's path with every parameter filled in.
    ///
    /// An empty id would turn "one asset" into "all assets", and `..` would lead to
    /// another endpoint, because addresses are normalised before they are sent.
    #[inline]
    pub(crate) fn is_filled_by(&self, path: &str) -> bool {
        let mut given = path.split('/');
        let own = self.path.split('?').next().unwrap_or_default();
        let is_filled = own.split('/').all(|part| match given.next() {
            Some(given) if part.contains('{') => !given.is_empty(),
            given => given == Some(part),
        });
        is_filled && given.next().is_none()
    }
}

/// `Ord::cmp`, which cannot be called in constants.
const fn order(mut one: &[u8], mut other: &[u8]) -> Ordering {
    loop {
        match (one, other) {
            ([], []) => return Ordering::Equal,
            ([], _) => return Ordering::Less,
            (_, []) => return Ordering::Greater,
            ([first, ..], [second, ..]) if *first < *second => return Ordering::Less,
            ([first, ..], [second, ..]) if *first > *second => return Ordering::Greater,
            ([_, left @ ..], [_, right @ ..]) => (one, other) = (left, right),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::encode_path;

    const GET: Operation = Operation {
        id: "assets_get",
        method: "GET",
        path: "/assets/v3/{id}",
        provenance: Provenance::Inferred,
        writes: false,
        repeatable: false,
        anonymous: false,
        server: None,
    };

    #[test]
    fn a_parameter_stays_one_part_of_the_path_whatever_it_holds() {
        let base = "https://api.example/assets/v3/";
        for value in ["a\\b", "a/b", "a,b;c", "?#%", "ä €", "a\tb\n"] {
            let url = format!("{base}{}", encode_path(value));
            let url = reqwest::Url::parse(&url).unwrap();
            assert!(GET.is_filled_by(url.path()), "{url}");
            assert_eq!((url.query(), url.fragment()), (None, None), "{url}");
        }
        assert_eq!(encode_path("IN-000_1.~").to_string(), "IN-000_1.~");
        assert_eq!(encode_path("a,b").to_string(), "a%2Cb");
    }

    #[test]
    fn an_operation_is_found_by_its_id_and_by_nothing_else() {
        const fn named(id: &'static str) -> Operation {
            Operation { id, ..GET }
        }
        const SORTED: &[Operation] = &[
            named("a"),
            named("aa"),
            named("assets_get"),
            named("assets_gets"),
            named("b"),
        ];
        const FOUND: Option<&Operation> = Operation::find(SORTED, "b");
        for operation in SORTED {
            assert_eq!(Operation::find(SORTED, operation.id), Some(operation));
        }
        for id in ["", "A", "ab", "assets", "assets_getz", "c"] {
            assert_eq!(Operation::find(SORTED, id), None, "{id}");
        }
        assert_eq!(Operation::find(&[], "a"), None);
        assert_eq!(FOUND, SORTED.last());
    }

    #[test]
    fn a_path_with_its_parameters_filled_in_is_taken() {
        assert!(GET.is_filled_by("/assets/v3/IN-1"));
        assert!(GET.is_filled_by("/assets/v3/a%2Fb"));
    }

    #[test]
    fn the_query_in_a_path_is_no_part_of_the_path() {
        let with_query = Operation {
            path: "/assets/{id}?beta=true/1",
            ..GET
        };
        assert!(with_query.is_filled_by("/assets/IN-1"));
        assert!(!with_query.is_filled_by("/assets/"));
    }

    #[test]
    fn an_empty_parameter_or_another_path_is_not() {
        for path in [
            "/assets/v3/",
            "/assets/v3",
            "/assets/",
            "/assets/v3/a/b",
            "/sites/v3/a",
            "",
        ] {
            assert!(!GET.is_filled_by(path), "{path}");
        }
    }
}
