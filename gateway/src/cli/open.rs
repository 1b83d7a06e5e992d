//! Opens what the global options name: configuration, rules, house, accounts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::context::Rulebook;
use engine::log::StoreError;

use super::{CliError, Global};
use crate::auth::Accounts;
use crate::compose::{ComposeError, House, Place, Settings};
use crate::config::{Config, ConfigError};
use crate::keeper::Keeper;
use crate::rules;

/// How long a command waits for a database that is not up: only a service waits longer.
const DATABASE: Duration = Duration::from_secs(5);
/// Between two looks at views that another process brings up.
const POLL: Duration = Duration::from_millis(100);
/// How long views may stand still, that another process should bring up, before that is an error.
const STUCK: Duration = Duration::from_secs(30);

/// The configuration: the file's, where an option does not say otherwise.
pub fn config(global: &Global) -> Result<Config, CliError> {
    let mut config = match &global.config {
        Some(file) => Config::read(file).map_err(misconfigured)?,
        None => Config::default(),
    };
    if let Some(data) = &global.data {
        config.data.clone_from(data);
    }
    if let Some(policy) = &global.policy {
        config.rules = Some(policy.clone());
    }
    Ok(config)
}

#[expect(clippy::needless_pass_by_value, reason = "map_err calls it so")]
fn misconfigured(error: ConfigError) -> CliError {
    CliError::misused("CONFIG_INVALID", format!("配置有误：{error}"), error.to_string())
}

/// The folder of this node.
pub fn data(global: &Global) -> Result<PathBuf, CliError> {
    Ok(config(global)?.data)
}

/// The rules.
pub fn rulebook(global: &Global) -> Result<Arc<Rulebook>, CliError> {
    rules::load(config(global)?.rules.as_deref()).map(Arc::new).map_err(CliError::Refused)
}

/// Opens the house, and makes its data folder where there is none.
pub async fn house(global: &Global) -> Result<House, CliError> {
    let config = config(global)?;
    let mut settings = Settings::configured(&config, rulebook(global)?).map_err(CliError::failed)?;
    settings.place = hurried(settings.place);
    House::open(settings).await.map_err(unopened)
}

/// Opens a house that must be there: a mistyped folder is not made by looking at it.
pub async fn existing_house(global: &Global) -> Result<House, CliError> {
    let config = config(global)?;
    if config.postgres.is_none() && !config.data.join("log.db").is_file() {
        let shown = config.data.display();
        return Err(CliError::misused(
            "NO_DATA",
            format!("{shown} 中没有数据（缺 log.db）"),
            format!("{shown} holds no data (log.db is not there)"),
        ));
    }
    house(global).await
}

/// Opens the accounts alone.
pub async fn accounts(global: &Global) -> Result<Accounts, CliError> {
    let config = config(global)?;
    let place = hurried(Place::configured(&config).map_err(CliError::failed)?);
    place.accounts(&config.data).await.map_err(unopened)
}

fn hurried(place: Place) -> Place {
    match place {
        Place::Postgres { url, owner_url, patience } => {
            Place::Postgres { url, owner_url, patience: patience.min(DATABASE) }
        }
        Place::Folder | Place::Passing => Place::Folder,
    }
}

/// Why a house does not stand, as the command line tells it.
pub fn unopened(error: ComposeError) -> CliError {
    match error {
        ComposeError::Rules(faults) => CliError::Refused(faults),
        ComposeError::Store(StoreError::TablesMissing(role)) => CliError::refused(
            "TABLES_MISSING",
            format!(
                "数据库里还没有表，角色 {role} 无权建表：表由属主建立。请在 [postgres] 中给出 owner_url，或带 owner_url 先启动一次。"
            ),
            format!(
                "The database has no tables yet, and role {role} may not make them: their owner does. Set owner_url in [postgres], or start once with it."
            ),
        ),
        other => CliError::failed(other),
    }
}

/// The views are up with the log: brought up by the service that keeps this folder, or by ourselves
/// where none does.
pub async fn caught_up(house: &House) -> Result<(), CliError> {
    let head = house.engine.store().head().await.map_err(CliError::failed)?.position;
    let mut last = None;
    let mut moved = std::time::Instant::now();
    loop {
        let now = house.views.checkpoint().await.map_err(CliError::failed)?.position;
        if now >= head {
            return Ok(());
        }
        if let Some(_keeper) = keeper(house)? {
            return house.catch_up().await.map_err(CliError::failed);
        }
        if last != Some(now) {
            last = Some(now);
            moved = std::time::Instant::now();
        } else if moved.elapsed() > STUCK {
            return Err(CliError::refused(
                "VIEWS_BEHIND",
                "服务正在使用这个数据目录，但视图没有跟上日志；请查看它的日志。",
                "The service that keeps this folder does not bring its views up with the log; see what it says.",
            ));
        }
        tokio::time::sleep(POLL).await;
    }
}

/// The right to fold the views of this house; none where a running service has it.
pub fn keeper(house: &House) -> Result<Option<Keeper>, CliError> {
    let data = house.views.path().parent().unwrap_or_else(|| std::path::Path::new("."));
    Keeper::take(data).map_err(|error| CliError::io(data.display(), &error))
}
