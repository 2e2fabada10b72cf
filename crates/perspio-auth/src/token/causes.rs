//! The causes of an error.

use std::error::Error;
use std::io;

/// Returns an error and its causes from the outside in. The source of an [`io::Error`] is that
/// of the error which it wraps; the wrapped error itself is included here.
pub fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        }
    })
}

/// Returns the innermost cause of an error, in one line: "connection refused" where
/// the outer layers say only "error sending request".
pub fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}
