//! Robots of a group chat: 企业微信 WeCom (key in the address), 钉钉 DingTalk and 飞书 Feishu (signed).

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use url::Url;

use super::channel::{Channel, Outbound, SendError, hmac_sha256, unsent};
use crate::config::ChannelKind;

/// One robot.
pub struct Robot {
    /// Whose.
    pub kind: ChannelKind,
    /// Sends.
    pub client: reqwest::Client,
    /// Its address, with its key.
    pub url: Url,
    /// What its messages are signed with, where the group asks for that.
    pub secret: Option<String>,
}

impl Robot {
    /// Address and body of a message.
    fn request(&self, message: &Outbound) -> (Url, Value) {
        let text = format!("{}\n{}", message.title, message.body);
        let mobiles: Vec<&str> = message.to.split([',', '、', ' ']).filter(|one| !one.is_empty()).collect();
        let mut url = self.url.clone();
        let body = match self.kind {
            ChannelKind::Dingtalk => {
                if let Some(secret) = &self.secret {
                    let timestamp = message.at.as_millisecond();
                    let signed = hmac_sha256(secret.as_bytes(), format!("{timestamp}\n{secret}").as_bytes());
                    let timestamp = timestamp.to_string();
                    url.query_pairs_mut()
                        .append_pair("timestamp", &timestamp)
                        .append_pair("sign", &STANDARD.encode(signed));
                }
                json!({"msgtype": "text", "text": {"content": text}, "at": {"atMobiles": mobiles, "isAtAll": false}})
            }
            ChannelKind::Feishu => {
                let mut body = json!({"msg_type": "text", "content": {"text": text}});
                if let Some(secret) = &self.secret {
                    let timestamp = message.at.as_second();
                    // Time and secret are the key here, and nothing is the text.
                    let signed = hmac_sha256(format!("{timestamp}\n{secret}").as_bytes(), b"");
                    body["timestamp"] = json!(timestamp.to_string());
                    body["sign"] = json!(STANDARD.encode(signed));
                }
                body
            }
            _ => json!({"msgtype": "text", "text": {"content": text, "mentioned_mobile_list": mobiles}}),
        };
        (url, body)
    }
}

#[async_trait]
impl Channel for Robot {
    async fn send(&self, message: &Outbound) -> Result<String, SendError> {
        let (url, body) = self.request(message);
        let request = self.client.post(url).header("content-type", "application/json");
        let answer = request.body(body.to_string()).send().await.map_err(unsent)?;
        let status = answer.status();
        let text = answer.text().await.map_err(unsent)?;
        if !status.is_success() {
            return Err(SendError::passing(format!("HTTP {}", status.as_u16())));
        }
        // They answer 200 also to what they do not take.
        let said: Value = serde_json::from_str(&text).unwrap_or_default();
        let code = ["errcode", "code", "StatusCode"].into_iter().find_map(|name| said.get(name)?.as_i64());
        match code {
            Some(0) => Ok("0".to_owned()),
            Some(code) => Err(SendError::passing(format!("code {code}"))),
            None => Err(SendError::passing("the answer has no code")),
        }
    }
}

#[cfg(test)]
mod specs {
    use super::*;

    fn request(kind: ChannelKind, secret: &str) -> (Url, Value) {
        let url = Url::parse("http://127.0.0.1:1/send?key=k").unwrap();
        let secret = Some(secret.to_owned()).filter(|secret| !secret.is_empty());
        let robot = Robot { kind, client: reqwest::Client::new(), url, secret };
        robot.request(&Outbound {
            id: "a/1".into(),
            at: "2026-02-17T03:00:00+08:00".parse().unwrap(),
            title: "应急".into(),
            body: "请应哨".into(),
            to: "13800000000".into(),
            urgency: "emergency",
            items: Vec::new(),
        })
    }

    // Both signatures were computed with another implementation.
    #[test]
    fn dingtalk_signs_time_and_secret_with_the_secret() {
        let (url, body) = request(ChannelKind::Dingtalk, "SECexample");
        let query = url.query().unwrap();
        assert_eq!(
            query,
            "key=k&timestamp=1771268400000&sign=uFBhn2y7RlaKCJWKZkfaWa1v%2FOGdwfPQTGXFFrek3CE%3D"
        );
        assert_eq!(body["at"]["atMobiles"][0], "13800000000");
    }

    #[test]
    fn feishu_signs_nothing_with_time_and_secret() {
        let (url, body) = request(ChannelKind::Feishu, "example");
        assert_eq!(url.query(), Some("key=k"));
        assert_eq!(body["timestamp"], "1771268400");
        assert_eq!(body["sign"], "QWr6hsBD6FamErJ6lpQ4CRtrrv2J5TnETDJujSbYbiE=");
    }

    #[test]
    fn wecom_has_its_key_in_the_address_and_signs_nothing() {
        let (url, body) = request(ChannelKind::Wecom, "");
        assert_eq!(url.query(), Some("key=k"));
        assert_eq!(body["text"]["content"], "应急\n请应哨");
        assert_eq!(body["text"]["mentioned_mobile_list"][0], "13800000000");
    }
}
