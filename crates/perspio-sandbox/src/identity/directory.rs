//! The one directory of the sandbox.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;

use super::error::EntraError;
use crate::credentials::DIRECTORY_ID;

/// The first part of a path of the identity server.
pub(crate) type Directory = Result<Path<String>, PathRejection>;

pub(crate) fn check(directory: Directory) -> Result<(), EntraError> {
    if directory.is_ok_and(|Path(id)| id.eq_ignore_ascii_case(DIRECTORY_ID)) {
        return Ok(());
    }
    Err(EntraError::bad_request(
        "invalid_request",
        90_002,
        "Tenant not found. Check to make sure you have the correct tenant ID: the sandbox knows \
         one directory, the one in its authority.",
    ))
}
