//! The one table of known errors: code, class, meaning, and what to do.
//!
//! Each section names its source and the place of the code in an error response: Entra's
//! number (`error_codes`), its `suberror`, or the OAuth `error`. `{secret}` in a text is
//! the profile's help for a rejected secret, `{scopes}` a remark on its scopes. The text
//! after `application` replaces the help if the application signs in as itself.
//!
//! `docs/troubleshooting.md` is generated from this table (see `codes/tests.rs`).

use super::ErrorClass;

/// A known error.
#[derive(Debug)]
pub(crate) struct KnownError {
    pub(crate) code: Code,
    pub(crate) class: ErrorClass,
    /// A sentence without its period.
    pub(crate) meaning: &'static str,
    /// The next step, without the last period.
    pub(crate) help: &'static str,
    /// The next step if the application signs in as itself.
    pub(crate) application_help: Option<&'static str>,
    /// Only the documentation names it.
    #[cfg(test)]
    source: Source,
}

/// The place of a code in an error response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// Entra's number, without `AADSTS`.
    Entra(u64),
    /// Entra's `suberror`.
    Suberror(&'static str),
    /// The OAuth `error`.
    OAuth(&'static str),
}

/// The document that defines a code.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// learn.microsoft.com/entra/identity-platform/reference-error-codes
    EntraReference,
    /// login.microsoftonline.com/error, for codes that the reference does not list.
    EntraLookup,
    /// learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
    EntraDeviceCode,
    /// MSAL: errors that require user interaction.
    Msal,
    Rfc6749Token,
    Rfc6749Authorization,
    Rfc6750,
    Rfc8628,
    Rfc8707,
    OpenIdCore,
}

impl KnownError {
    /// Returns the entry of a number of Entra.
    pub(crate) fn of_number(number: u64) -> Option<&'static Self> {
        let is_same = |known: &&Self| known.code == Code::Entra(number);
        KNOWN_ERRORS.iter().find(is_same)
    }

    /// Returns the entry of Entra's `suberror`.
    pub(crate) fn of_suberror(name: &str) -> Option<&'static Self> {
        let is_same = |known: &&Self| matches!(known.code, Code::Suberror(it) if it == name);
        KNOWN_ERRORS.iter().find(is_same)
    }

    /// Returns the entry of an OAuth `error`.
    pub(crate) fn of_error(name: &str) -> Option<&'static Self> {
        let is_same = |known: &&Self| matches!(known.code, Code::OAuth(it) if it == name);
        KNOWN_ERRORS.iter().find(is_same)
    }

    pub(crate) fn is_terminal(&self) -> bool {
        self.class == ErrorClass::Terminal
    }

    pub(crate) fn is_transient(&self) -> bool {
        self.class == ErrorClass::Transient
    }
}

macro_rules! known_errors {
    ($($source:ident $place:ident { $(
        $code:literal $class:ident $meaning:literal
            $help:literal $(application $application_help:literal)?;
    )* })*) => {
        &[$($(KnownError {
            code: Code::$place($code),
            class: ErrorClass::$class,
            meaning: $meaning,
            help: $help,
            application_help: known_errors!(@optional $($application_help)?),
            #[cfg(test)]
            source: Source::$source,
        }),*),*]
    };
    (@optional) => { None };
    (@optional $text:literal) => { Some($text) };
}

#[allow(
    clippy::unreadable_literal,
    reason = "as Entra and its documentation write the codes"
)]
const KNOWN_ERRORS: &[KnownError] = known_errors! {
    EntraReference Entra {
        50089 Terminal "The session has expired or was revoked"
            "Sign in again";
        50132 Terminal "The session ended because the password has expired or was changed"
            "Sign in again";
        50133 Terminal "The session was revoked because the password has expired or was changed"
            "Sign in again";
        50173 Terminal "The sign-in was revoked, for instance because the password was changed"
            "Sign in again";
        54005 Terminal "The authorization code was exchanged before"
            "Sign in again: a code can be exchanged once";
        70000 Terminal "The refresh token or authorization code is not valid"
            "Sign in again";
        70008 Terminal "The refresh token or authorization code has expired or was revoked"
            "Sign in again";
        70018 Terminal "The code of the device flow is not valid"
            "Sign in again, and type the new code";
        70019 Terminal "The code of the device flow has expired"
            "Sign in again, and type the new code in time";
        70043 Terminal "The sign-in is older than the sign-in frequency of Conditional Access allows"
            "Sign in again";
        700082 Terminal "The refresh token was not used for too long and has expired"
            "Sign in again";
        700084 Terminal "The refresh token of a single-page application has reached its fixed lifetime"
            "Sign in again. A redirect URI under \"Mobile and desktop applications\" gives longer lifetimes";

        16000 UserAction "The account does not exist in this directory, or another one must be chosen"
            "Sign in again with an account of this directory";
        50020 UserAction "The account is of another directory or identity provider"
            "Sign in again with an account of this directory, or have this one invited as a guest";
        50034 UserAction "The account does not exist in this directory"
            "Sign in again with an account of this directory, and check that the authority names the right one";
        50053 UserAction "The account is locked after too many attempts, or sign-ins from this address are blocked"
            "Wait some minutes, then sign in again. If the block stays, ask an administrator to unblock the account"
            application "Ask an administrator why sign-ins from this address are blocked: the sign-in log has the reason";
        50055 UserAction "The password has expired"
            "Sign in again, and set a new password";
        50057 UserAction "The account is disabled"
            "Ask an administrator to enable the account, then sign in again"
            application "Ask an administrator to enable the account";
        50058 UserAction "No user is signed in in this browser"
            "Sign in again without prompt=none";
        50072 UserAction "The user must enroll for multi-factor authentication"
            "Sign in again, and enroll as the page asks";
        50074 UserAction "Multi-factor authentication is required and was not completed"
            "Sign in again, and complete it";
        50076 UserAction "Multi-factor authentication is required"
            "Sign in again, and complete it"
            application "Ask an administrator: a policy requires multi-factor authentication, which an application cannot do";
        50078 UserAction "The multi-factor authentication of this sign-in has expired"
            "Sign in again, and complete it";
        50079 UserAction "The user must register for multi-factor authentication"
            "Sign in again, and register as the page asks"
            application "Ask an administrator: a policy requires multi-factor authentication, which an application cannot do";
        50097 UserAction "The device must be authenticated"
            "Sign in again on a device that is registered with the directory";
        50105 UserAction "The user is not assigned to the application"
            "Ask an administrator to assign the user to the application, then sign in again"
            application "Ask an administrator to assign the application to a role of the API";
        50125 UserAction "The sign-in was interrupted by a password reset"
            "Sign in again, and complete the reset";
        50126 UserAction "The user name or the password is wrong"
            "Sign in again, and check both";
        50129 UserAction "The device is not registered with the directory"
            "Sign in again on a device that is registered";
        50131 UserAction "Conditional Access does not allow this sign-in"
            "Sign in again from a device and a place that the policy allows, or ask an administrator which policy applies"
            application "Ask an administrator which Conditional Access policy applies to the application";
        50140 UserAction "The sign-in was interrupted by the question whether to stay signed in"
            "Sign in again, and answer it";
        50144 UserAction "The password of the on-premises account has expired"
            "Set a new password, then sign in again";
        50155 UserAction "The device could not be authenticated"
            "Sign in again on a device that is registered with the directory";
        50158 UserAction "An external security check is required"
            "Sign in again, and complete it";
        53000 UserAction "Conditional Access requires a compliant device"
            "Sign in again on a device that complies with the policy, or ask an administrator to enroll this one"
            application "Ask an administrator to exempt the application: the policy requires a compliant device";
        53001 UserAction "Conditional Access requires a device that is joined to the domain"
            "Sign in again on such a device, or ask an administrator"
            application "Ask an administrator to exempt the application: the policy requires a joined device";
        53002 UserAction "Conditional Access requires an approved application"
            "Ask an administrator to approve this application, then sign in again"
            application "Ask an administrator to approve the application";
        53003 UserAction "A Conditional Access policy blocks the access"
            "Sign in again from a device and a place that the policy allows, or ask an administrator which policy applies: the sign-in log has it under the correlation id"
            application "Ask an administrator which Conditional Access policy for workload identities applies: the sign-in log has it under the correlation id";
        53004 UserAction "The user must register for multi-factor authentication, and cannot because of a risk"
            "Register security information from a trusted place, then sign in again";
        53011 UserAction "The user is blocked because of a risk in the home directory"
            "Ask an administrator to review the risk, then sign in again";
        530032 UserAction "A security policy of the directory blocks the access"
            "Ask an administrator which policy applies, then sign in again"
            application "Ask an administrator which security policy applies to the application";
        65001 UserAction "The user or an administrator has not consented to the application"
            "Sign in again and consent, or have an administrator consent"
            application "Have an administrator grant the application's permissions";
        65004 UserAction "The user declined the consent"
            "Sign in again, and accept what is asked";
        700020 UserAction "The grant requires interaction"
            "Sign in again, and answer what the page asks";
        90072 UserAction "The external account does not exist in this directory"
            "Sign in again with another account, or have this one invited as a guest";
        90094 UserAction "An administrator must consent"
            "Have an administrator consent to the application, then sign in again"
            application "Have an administrator grant the application's permissions";

        50033 Transient "Entra failed" "Wait, then call again";
        50087 Transient "The multi-factor authentication failed" "Wait, then call again";
        50196 Transient "Entra stopped a loop: the same token was requested too often"
            "Wait some minutes before the next request. Share one token source, or a token store, rather than request a token for each call";
        70016 Transient "The user has not completed the device flow yet" "Wait";
        90006 Transient "Entra is unavailable" "Wait, then call again";
        90012 Transient "Entra did not respond in time" "Wait, then call again";
        90024 Transient "Entra failed" "Wait, then call again";
        90033 Transient "Entra's directory is unavailable" "Wait, then call again";
        90055 Transient "Entra receives too many requests of this directory" "Wait, then call again";

        50001 ApplicationSettings "The API is disabled or does not exist"
            "Check the scopes{scopes}, and that the API is enabled in this directory";
        50011 ApplicationSettings "The redirect URI is not registered with the application"
            "Register it exactly as it is sent, or use the one that is registered";
        50012 ApplicationSettings "The certificate or the signature of the client assertion is not accepted"
            "Check that the certificate is registered with the application and valid";
        50049 ApplicationSettings "The authority is not known" "Check the authority";
        50059 ApplicationSettings "The request does not name a directory"
            "Check the authority: it must name the directory";
        50194 ApplicationSettings "The application accepts its own directory only, not /common"
            "Check the authority: it must name the directory";
        500011 ApplicationSettings "The API does not exist in this directory"
            "Check the scopes{scopes} and the authority; the API may have to be added to the directory by an administrator";
        650056 ApplicationSettings "The permissions of the application are not registered or not consented to"
            "Have an administrator add the API's permissions to the application, and consent";
        650057 ApplicationSettings "The API is not among the permissions of the application"
            "Add the API's permissions to the application, or check the scopes{scopes}";
        70001 ApplicationSettings "The application is disabled or does not exist in this directory"
            "Check the client id and the authority";
        700011 ApplicationSettings "The application does not exist in this directory"
            "Check the client id and the authority";
        700016 ApplicationSettings "The application does not exist in this directory"
            "Check the client id and the authority; the application may have to be consented to by an administrator";
        70002 ApplicationSettings "The client secret is wrong" "{secret}";
        700025 ApplicationSettings "The application is a public client, and the request has a client secret"
            "Remove the client secret: a redirect URI under \"Mobile and desktop applications\" makes the client public. To use a secret, register the redirect URI under \"Web\" instead";
        700027 ApplicationSettings "The signature of the client assertion is not valid"
            "Check that the certificate or key that signs it is registered with the application, and the assertion's audience and lifetime";
        700030 ApplicationSettings "The subject of the certificate is not registered"
            "Use a certificate that is registered with the application";
        70003 ApplicationSettings "Entra does not support this grant"
            "Allow the grant in the application's registration, or use another one";
        70011 ApplicationSettings "A scope is not valid"
            "Check the scopes{scopes}. A refresh can only request scopes that were granted: sign in again for others";
        700022 ApplicationSettings "The scopes are of more than one API" "Request the scopes of one API only";
        700023 ApplicationSettings "The scopes name no API" "Check the scopes{scopes}";
        7000112 ApplicationSettings "The application is disabled in this directory"
            "Ask an administrator to enable it (Enterprise applications, \"Enabled for users to sign in\")";
        7000215 ApplicationSettings "The client secret is wrong"
            "{secret}. Entra expects the value of the secret, not its id";
        7000218 ApplicationSettings "The application is confidential (redirect URI under \"Web\"), and the request has no client secret"
            "Set the client secret. An application without one registers its redirect URI under \"Mobile and desktop applications\", and allows public client flows";
        7000222 ApplicationSettings "The client secret has expired" "{secret}";
        90002 ApplicationSettings "The directory does not exist"
            "Check the authority: the directory that it names is not known there";
        90019 ApplicationSettings "The request does not name a directory"
            "Check the authority: it must name the directory";

        50147 InvalidRequest "The PKCE challenge has a wrong length" "Sign in again with a PKCE challenge (S256)";
        501481 InvalidRequest "The PKCE verifier does not belong to the authorization code"
            "Sign in again, and exchange the code with the verifier of the same sign-in";
        700005 InvalidRequest "The authorization code is of another directory"
            "Use the same authority for the sign-in and the token request, then sign in again";
        90013 InvalidRequest "A value of the request is not valid"
            "Check the client id, the scopes{scopes}, the redirect URI and the authority for typing errors";
        90014 InvalidRequest "A field of the request is missing"
            "Check that the client id, the scopes and the redirect URI are set";
        90015 InvalidRequest "The request is too long" "Request fewer scopes or claims";
        90023 InvalidRequest "The request is not valid"
            "Check the client id, the scopes{scopes}, the redirect URI and the authority";
        900144 InvalidRequest "A parameter of the request is missing"
            "Check that the client id, the scopes and the redirect URI are set";
        9002313 InvalidRequest "The request is malformed"
            "Check the client id, the scopes{scopes}, the redirect URI and the token URL";
    }
    EntraLookup Entra {
        700081 Terminal "The refresh token has reached its longest lifetime" "Sign in again";
        501051 ApplicationSettings "The application is not assigned to a role of the API"
            "Ask an administrator to assign the application to a role of the API";
        500112 InvalidRequest "The redirect URI of the token request is not that of the authorization request"
            "Use the same redirect URI, byte for byte, for both, then sign in again";
        500113 ApplicationSettings "No redirect URI is registered with the application" "Register the redirect URI";
        7000229 ApplicationSettings "The application has no service principal in this directory"
            "Have an administrator of the directory add the application, by consenting to it, and check that the authority names the right directory";
        900023 ApplicationSettings "The name of the directory is neither an id nor a domain"
            "Check the authority: it must contain the directory's id or one of its domains";
    }
    Msal Suberror {
        "bad_token" Terminal "The refresh token is not valid any more" "Sign in again";
        "token_expired" Terminal "The refresh token has expired" "Sign in again";
        "basic_action" UserAction "The user must answer a question of the identity server"
            "Sign in again, and answer it";
        "additional_action" UserAction "The user must do something outside the sign-in page, such as register the device"
            "Sign in again, and do what the page says";
        "message_only" UserAction "The identity server has a message for the user" "Sign in again to read it";
        "consent_required" UserAction "A consent is missing" "Sign in again and consent, or have an administrator consent"
            application "Have an administrator grant the application's permissions";
        "user_password_expired" UserAction "The password has expired" "Sign in again, and set a new password";
    }
    Rfc6749Token OAuth {
        "invalid_grant" Terminal "The grant is not valid, has expired, or was revoked"
            "Sign in again: the refresh token has expired, was replaced, or was revoked, as a server does with all of a sign-in when an old one is used a second time"
            application "Check the client id and the secret";
        "invalid_client" ApplicationSettings "The application could not be authenticated" "{secret}";
        "unauthorized_client" ApplicationSettings "The application may not use this grant"
            "Check the client id. {secret}";
        "invalid_scope" ApplicationSettings "A scope is not valid, or exceeds those that were granted"
            "Check the scopes{scopes}. A refresh can only request scopes that were granted: sign in again for others"
            application "Check the scopes{scopes}";
        "unsupported_grant_type" ApplicationSettings "The identity server does not support this grant"
            "Check the token URL: this identity server does not support this grant";
        "invalid_request" InvalidRequest "The request is malformed, or a parameter is missing"
            "Check the client id, the scopes{scopes}, the redirect URI and the addresses of the identity server";
    }
    Rfc6749Authorization OAuth {
        "access_denied" Terminal "The user or the identity server declined"
            "The sign-in was cancelled or declined: sign in again, and accept what is asked";
        "unsupported_response_type" ApplicationSettings "The identity server does not support authorization codes here"
            "Check the authorization URL, and allow the authorization code flow";
        "server_error" Transient "The identity server failed" "Wait, then call again";
        "temporarily_unavailable" Transient "The identity server is unavailable" "Wait, then call again";
    }
    Rfc6750 OAuth {
        "insufficient_scope" UserAction "The grant lacks a scope"
            "Have the missing privilege granted, then sign in again";
    }
    Rfc8628 OAuth {
        "authorization_pending" Transient "The user has not completed the device flow yet" "Wait";
        "slow_down" Transient "The identity server asks for longer pauses" "Wait";
        "expired_token" Terminal "The code of the device flow has expired"
            "Sign in again, and type the new code in time";
    }
    EntraDeviceCode OAuth {
        "authorization_declined" Terminal "The user declined" "Sign in again, and accept what is asked";
        "bad_verification_code" Terminal "The code of the device flow is not valid" "Sign in again";
    }
    EntraReference OAuth {
        "invalid_resource" ApplicationSettings "The API is not known to the identity server" "Check the scopes{scopes}";
    }
    Rfc8707 OAuth {
        "invalid_target" ApplicationSettings "The API is not known to the identity server" "Check the scopes{scopes}";
    }
    OpenIdCore OAuth {
        "interaction_required" UserAction "The identity server must ask the user something"
            "Sign in again, and answer what the identity server asks";
        "login_required" UserAction "The user must sign in" "Sign in again, and answer what the identity server asks";
        "account_selection_required" UserAction "The user must choose an account" "Sign in again, and choose one";
        "consent_required" UserAction "A consent is missing"
            "Sign in again and consent, or have an administrator consent"
            application "Have an administrator grant the application's permissions";
    }
};

#[cfg(test)]
mod tests;
