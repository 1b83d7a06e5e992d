//! Opens the data folder that the global options name.

use std::path::PathBuf;
use std::sync::Arc;

use domain::context::Rulebook;

use super::{CliError, Global};
use crate::compose::{ComposeError, Embedded, Settings};
use crate::config::Config;
use crate::rules;

/// Where data and rules are: the configuration file's, unless an option says otherwise.
pub fn places(global: &Global) -> Result<(PathBuf, Option<PathBuf>), CliError> {
    let Some(file) = &global.config else { return Ok((global.data.clone(), global.policy.clone())) };
    let config = Config::read(file).map_err(|error| {
        CliError::misused("CONFIG_INVALID", format!("配置有误：{error}"), error.to_string())
    })?;
    Ok((config.data, global.policy.clone().or(config.rules)))
}

/// The rules.
pub fn rulebook(global: &Global) -> Result<Arc<Rulebook>, CliError> {
    let (_, folder) = places(global)?;
    rules::load(folder.as_deref()).map(Arc::new).map_err(CliError::Refused)
}

/// Opens the data folder, and makes it where there is none.
pub async fn house(global: &Global) -> Result<Embedded, CliError> {
    let (data, _) = places(global)?;
    let rules = rulebook(global)?;
    Embedded::open(Settings::new(&data, rules)).await.map_err(|error| match error {
        ComposeError::Rules(faults) => CliError::Refused(faults),
        other => CliError::failed(other),
    })
}

/// Opens a data folder that must be there: a mistyped one is not made by looking at it.
pub async fn existing_house(global: &Global) -> Result<Embedded, CliError> {
    let (data, _) = places(global)?;
    if !data.join("log.db").is_file() {
        let shown = data.display();
        return Err(CliError::misused(
            "NO_DATA",
            format!("{shown} 中没有数据（缺 log.db）"),
            format!("{shown} holds no data (log.db is not there)"),
        ));
    }
    house(global).await
}

/// How long a runner of another process is waited for before its absence is believed.
const PATIENCE: std::time::Duration = std::time::Duration::from_millis(600);

/// The views are up with the log: by the service that runs beside us, or by ourselves. To fold
/// them ourselves fences that service's runner off, so it is done only where nobody else does it.
pub async fn caught_up(house: &Embedded) -> Result<(), CliError> {
    let head = house.engine.store().head().await.map_err(CliError::failed)?.position;
    let mut last = house.views.checkpoint().await.map_err(CliError::failed)?.position;
    while last < head {
        tokio::time::sleep(PATIENCE).await;
        let now = house.views.checkpoint().await.map_err(CliError::failed)?.position;
        if now == last {
            return house.catch_up().await.map_err(CliError::failed);
        }
        last = now;
    }
    Ok(())
}

/// Whether another process carries the log into the views: they move without us.
pub async fn somebody_follows(house: &Embedded) -> bool {
    let position = async || house.views.checkpoint().await.map(|checkpoint| checkpoint.position).ok();
    let before = position().await;
    tokio::time::sleep(PATIENCE).await;
    position().await != before
}
