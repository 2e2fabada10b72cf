//! The form of a list.

/// The form of a list; the service does not publish its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ListShape {
    /// A bare array.
    #[default]
    Array,
    /// An object: the array in `member`, and `count`.
    Object {
        /// The name of the member that holds the array.
        member: String,
    },
}
