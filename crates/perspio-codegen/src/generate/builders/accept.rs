//! The media types that a request accepts.

use super::read::{Builder, Response};

impl Builder<'_> {
    /// Returns the media types that the request accepts.
    pub(super) fn accepted(&self) -> Option<String> {
        if let Some(one) = &self.request.accept {
            return Some(one.clone());
        }
        match &self.response {
            Response::Stream => Some(self.accepted_bytes()),
            Response::Events(_) => Some("text/event-stream".to_owned()),
            _ if self.request.values.is_empty() => None,
            _ => Some(self.request.values.join(", ")),
        }
    }

    /// Returns the media types of a response of bytes. Any other is accepted too, because the
    /// client does not parse them; a server that offers several sends the documented one.
    fn accepted_bytes(&self) -> String {
        let successes = self.request.responses.iter();
        let successes = successes.filter(|response| response.status.starts_with('2'));
        let mut accepted: Vec<&str> = Vec::new();
        for media_type in successes.flat_map(|response| &response.media_types) {
            let is_header_text = media_type.bytes().all(|byte| (b' '..=b'~').contains(&byte));
            let is_new = !accepted.contains(&media_type.as_str());
            if is_header_text && is_new && !media_type.contains('*') {
                accepted.push(media_type);
            }
        }
        let any = if accepted.is_empty() {
            "*/*"
        } else {
            "*/*;q=0.5"
        };
        accepted.push(any);
        accepted.join(", ")
    }
}
