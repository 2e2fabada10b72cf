//! The sign-ins and the access tokens on the front page.

use maud::{Markup, html};

use super::{ROWS, button};
use crate::control::{self, SignInStatus, TokenStatus};
use crate::shared::Shared;

pub(super) fn sign_ins(shared: &Shared) -> Markup {
    let sign_ins = control::sign_ins(shared);
    html! {
        @if sign_ins.is_empty() {
            p.empty { "No sign-in with a refresh token yet." }
        } @else {
            ul.queue {
                @for sign_in in sign_ins.iter().take(ROWS) {
                    li id={ "sign-in-" (sign_in.id) } {
                        span { (sign_in.user) } " "
                        @match sign_in.status {
                            SignInStatus::SignedIn => { span.pill.good { "signed in" } }
                            SignInStatus::SignedOut => { span.pill.waiting { "signed out" } }
                        }
                        span.fine {
                            " since " (sign_in.signed_in_at) ", " (sign_in.refreshes) " refreshes"
                        }
                    }
                }
            }
        }
        (button("sign-out", "DELETE", "/sign-ins", None, "Everyone is signed out.", "Sign everyone out"))
    }
}

pub(super) fn tokens(shared: &Shared) -> Markup {
    let tokens = control::tokens(shared);
    html! {
        @if tokens.is_empty() {
            p.empty { "No token is issued." }
        } @else {
            div.row {
                p { (tokens.len()) " issued" @if tokens.len() > ROWS { ", the last " (ROWS) " shown" } }
                (button("revoke-all", "DELETE", "/tokens", None, "Every token is revoked.",
                    "Revoke all"))
            }
            div.scroll.tall tabindex="0" role="region" aria-label="Access tokens" {
                table.stacked {
                    thead { tr {
                        th scope="col" { "Token" }
                        th scope="col" { "Caller" }
                        th scope="col" { "Remaining" }
                        th scope="col" { "Action" }
                    } }
                    tbody {
                        @for token in tokens.iter().take(ROWS) {
                            @let short = token.id.get(..8).unwrap_or(&token.id);
                            tr id={ "token-" (token.id) } {
                                th.key scope="row" { code { (short) } }
                                td.value { (token.user.unwrap_or("application")) }
                                td.remaining {
                                    @match token.status {
                                        TokenStatus::Active => (remaining(token.expires_in_seconds)),
                                        TokenStatus::Expired => { span.pill.waiting { "expired" } }
                                        TokenStatus::Revoked => { span.pill.bad { "revoked" } }
                                    }
                                }
                                td.action {
                                    @if token.status == TokenStatus::Active {
                                        (button(&format!("revoke-{}", token.id), "DELETE",
                                            &format!("/tokens/{}", token.id), None,
                                            &format!("The token {short} is revoked."),
                                            "Revoke"))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Returns a time as `1:59:05` or `4:09`.
fn remaining(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remaining_time_has_hours_only_if_there_are_some() {
        let times = [0, 61, 3_599, 7_145].map(remaining);
        assert_eq!(times, ["0:00", "1:01", "59:59", "1:59:05"]);
    }
}
