//! A signed webhook, as Standard Webhooks has it: `webhook-id`, `webhook-timestamp`, `webhook-signature`.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use url::Url;

use super::channel::{Channel, Outbound, SendError, hmac_sha256, unsent};

/// One receiver.
pub struct Webhook {
    client: reqwest::Client,
    url: Url,
    key: Vec<u8>,
}

impl Webhook {
    /// A receiver with this secret, `whsec_` and base64.
    ///
    /// # Errors
    /// The secret is not of that form.
    pub fn new(client: reqwest::Client, url: Url, secret: &str) -> Result<Self, String> {
        let key = secret.trim().strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok());
        let key = key.filter(|key| key.len() >= 24);
        let key = key.ok_or("the secret must be whsec_ and the base64 of at least 24 bytes")?;
        Ok(Self { client, url, key })
    }

    fn signature(&self, id: &str, timestamp: i64, body: &str) -> String {
        let signed = format!("{id}.{timestamp}.{body}");
        format!("v1,{}", STANDARD.encode(hmac_sha256(&self.key, signed.as_bytes())))
    }
}

#[async_trait]
impl Channel for Webhook {
    async fn send(&self, message: &Outbound) -> Result<String, SendError> {
        let body = json!({
            "type": "notification",
            "timestamp": message.at,
            "data": {
                "title": message.title, "text": message.body, "urgency": message.urgency,
                "to": message.to, "notifications": message.items,
            },
        })
        .to_string();
        let timestamp = message.at.as_second();
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", self.signature(&message.id, timestamp, &body))
            .body(body);
        let status = request.send().await.map_err(unsent)?.status();
        match status.as_u16() {
            200..=299 => Ok(format!("HTTP {}", status.as_u16())),
            // The receiver wants no more.
            410 => Err(SendError::lasting("HTTP 410")),
            other => Err(SendError::passing(format!("HTTP {other}"))),
        }
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    #[test]
    fn the_signature_is_the_one_of_the_published_example() {
        let client = reqwest::Client::new();
        let url = Url::parse("http://127.0.0.1:1/").unwrap();
        let hook = Webhook::new(client, url, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = hook.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
