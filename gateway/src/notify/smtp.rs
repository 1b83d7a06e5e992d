//! Mail.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Mailboxes};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use super::channel::{Channel, Outbound, SendError};
use crate::config::ChannelConfig;

/// One mail server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// The server at this address: `smtp://host:25`, `smtps://user@host:465`, `smtp://host:587?tls=required`.
    ///
    /// # Errors
    /// What cannot be understood.
    pub fn new(config: &ChannelConfig, password: Option<&str>, timeout: Duration) -> Result<Self, String> {
        let from = config.from.as_deref().ok_or("from is missing")?;
        let from = from.parse().map_err(|error| format!("from: {error}"))?;
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&config.url)
            .map_err(|_| "the address must be smtp://HOST:PORT or smtps://HOST:PORT".to_owned())?;
        let user = url::Url::parse(&config.url).ok().map(|url| url.username().to_owned()).unwrap_or_default();
        if let Some(password) = password {
            builder = builder.credentials(Credentials::new(user, password.to_owned()));
        }
        Ok(Self { transport: builder.timeout(Some(timeout)).build(), from })
    }

    fn mail(&self, message: &Outbound) -> Result<Message, SendError> {
        let to: Mailboxes = message.to.parse().map_err(|_| SendError::lasting("no mail address"))?;
        let domain = self.from.email.domain();
        let id = format!("<{}@{domain}>", message.id.replace('/', "."));
        let mut mail = Message::builder()
            .from(self.from.clone())
            .subject(message.title.clone())
            .message_id(Some(id))
            .header(ContentType::TEXT_PLAIN);
        for mailbox in to {
            mail = mail.to(mailbox);
        }
        if message.urgency == "emergency" {
            let name = HeaderName::new_from_ascii_str("Importance");
            mail = mail.raw_header(HeaderValue::new(name, "high".to_owned()));
        }
        mail.body(message.body.clone()).map_err(|error| SendError::lasting(error.to_string()))
    }
}

#[async_trait]
impl Channel for Smtp {
    async fn send(&self, message: &Outbound) -> Result<String, SendError> {
        let mail = self.mail(message)?;
        match self.transport.send(mail).await {
            Ok(answer) => Ok(answer.code().to_string()),
            Err(error) if error.is_permanent() => {
                let code = error.status().map(|code| code.to_string()).unwrap_or_default();
                Err(SendError::passing(format!("refused {code}").trim().to_owned()))
            }
            Err(error) => Err(SendError::passing(error.to_string())),
        }
    }
}
