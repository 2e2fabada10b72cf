//! The ids of Perspio's objects.

use std::cmp::Ordering;
use std::convert::Infallible;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

macro_rules! id {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        ///
        /// The letters are kept as received; two ids are equal when they differ
        /// in letter case only, because the vendor's own pages do.
        /// A number is taken for its digits: that an id is a text is documented,
        /// that it stands in a JSON text is not.
        #[derive(Clone, Debug, Serialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id, in the letters it came in.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            fn letters(&self) -> impl Iterator<Item = u8> {
                self.0.bytes().map(|letter| letter.to_ascii_lowercase())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                #[derive(Deserialize)]
                #[serde(untagged, expecting = "expected an id: a text or a whole number")]
                enum Id {
                    Text(String),
                    Number(u64),
                }
                Ok(Self(match Id::deserialize(deserializer)? {
                    Id::Text(id) => id,
                    Id::Number(id) => id.to_string(),
                }))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.eq_ignore_ascii_case(&other.0)
            }
        }

        impl Eq for $name {}

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.letters().for_each(|letter| state.write_u8(letter));
                state.write_u8(0xff);
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.letters().cmp(other.letters())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = Infallible;

            fn from_str(id: &str) -> Result<Self, Infallible> {
                Ok(id.into())
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }
    };
}

id! {
    /// The id of an asset, for instance `IN-000123`.
    AssetId
}

id! {
    /// The id of a site, for instance `IN-SITE-000123`.
    SiteId
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use super::*;

    #[test]
    fn an_id_keeps_its_letters_and_compares_without_regard_to_case() {
        let (upper, lower) = (AssetId::from("IN-00012A"), AssetId::from("in-00012a"));
        assert_eq!(upper, lower);
        assert_eq!(lower.to_string(), "in-00012a");
        assert_eq!(serde_json::to_string(&upper).unwrap(), "\"IN-00012A\"");
        assert_ne!(upper, AssetId::from("IN-00012"));
    }

    #[test]
    fn a_number_is_taken_for_its_digits_and_nothing_else_for_an_id() {
        assert_eq!(
            serde_json::from_str::<AssetId>("17").unwrap(),
            AssetId::from("17")
        );
        assert_eq!(
            serde_json::from_str::<AssetId>("\"iN-1\"")
                .unwrap()
                .as_str(),
            "iN-1"
        );
        let error = serde_json::from_str::<AssetId>("[]")
            .unwrap_err()
            .to_string();
        assert!(error.contains("a text or a whole number"), "{error}");
    }

    #[test]
    fn equal_ids_are_one_member_of_a_set() {
        let ids = ["IN-A", "in-a", "In-A", "IN-B"].map(AssetId::from);
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 2);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 2);
    }
}
