//! Real Chromium, driven through chromedriver. Both end with the test.

use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;
use thirtyfour::ChromeCapabilities;
use thirtyfour::prelude::*;

/// A browser window.
pub struct Chromium {
    pub driver: WebDriver,
    chromedriver: Child,
    _profile: tempfile::TempDir,
}

/// Whether pages may run script.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Script {
    On,
    Off,
}

impl Chromium {
    pub async fn open(script: Script) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let chromedriver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("chromedriver is installed: run tests/run");
        let profile = tempfile::tempdir().unwrap();
        let mut capabilities = DesiredCapabilities::chrome();
        let folder = format!("--user-data-dir={}", profile.path().display());
        let quiet = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-dev-shm-usage",
        ];
        let offline = [
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
        ];
        for argument in quiet.iter().chain(&offline).copied().chain([folder.as_str()]) {
            capabilities.add_arg(argument).unwrap();
        }
        if script == Script::Off {
            let prefs = json!({ "profile.managed_default_content_settings.javascript": 2 });
            capabilities.add_experimental_option("prefs", prefs).unwrap();
        }
        let driver = Self::connect(port, capabilities).await;
        driver.set_implicit_wait_timeout(Duration::from_secs(10)).await.unwrap();
        Self { driver, chromedriver, _profile: profile }
    }

    /// chromedriver takes a moment before it listens.
    async fn connect(port: u16, capabilities: ChromeCapabilities) -> WebDriver {
        let url = format!("http://127.0.0.1:{port}");
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return WebDriver::new(url, capabilities).await.expect("Chromium starts");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("chromedriver does not listen");
    }

    pub async fn go(&self, url: &str) {
        self.driver.goto(url).await.unwrap();
    }

    /// The first element that a CSS selector finds.
    pub async fn find(&self, selector: &str) -> WebElement {
        match self.driver.find(By::Css(selector)).await {
            Ok(element) => element,
            Err(error) => panic!("nothing is {selector} at {} ({error}):\n{}", self.url().await, self.text().await),
        }
    }

    pub async fn click(&self, selector: &str) {
        self.find(selector).await.click().await.unwrap();
    }

    pub async fn fill(&self, selector: &str, text: &str) {
        let field = self.find(selector).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    pub async fn url(&self) -> String {
        self.driver.current_url().await.unwrap().to_string()
    }

    /// What a person reads. While a page gives way to the next one there is nothing to read: then it is looked at again.
    pub async fn text(&self) -> String {
        for _ in 0..100 {
            if let Ok(body) = self.driver.find(By::Tag("body")).await
                && let Ok(text) = body.text().await
            {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("there is no page at {}", self.url().await);
    }

    /// Waits until the page says something.
    pub async fn wait_for(&self, words: &str) {
        for _ in 0..200 {
            if self.text().await.contains(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{words:?} does not appear at {}:\n{}", self.url().await, self.text().await);
    }

    /// Pictures of the page: desktop and phone, light and dark, under target/screenshots.
    pub async fn picture(&self, name: &str) {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        for (device, width, height) in [("desktop", 1280, 900), ("phone", 390, 844)] {
            for scheme in ["light", "dark"] {
                let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
                self.driver.cdp().send_raw("Emulation.setDeviceMetricsOverride", size).await.unwrap();
                let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
                self.driver.cdp().send_raw("Emulation.setEmulatedMedia", media).await.unwrap();
                self.driver.screenshot(&folder.join(format!("{name}-{device}-{scheme}.png"))).await.unwrap();
                self.fits(width).await;
            }
        }
        self.driver.cdp().send_raw("Emulation.clearDeviceMetricsOverride", json!({})).await.unwrap();
    }

    /// No page scrolls sideways.
    async fn fits(&self, width: i64) {
        let metrics = self.driver.cdp().send_raw("Page.getLayoutMetrics", json!({})).await.unwrap();
        let content = metrics["cssContentSize"]["width"].as_f64().unwrap();
        #[expect(clippy::cast_precision_loss, reason = "a window's width")]
        let width = width as f64;
        assert!(content <= width, "{} is {content} px wide in a window of {width}", self.url().await);
    }

    pub async fn close(self) {
        drop(self.driver.clone().quit().await);
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // The whole group: chromedriver, and the Chromium that it started.
        drop(Command::new("kill").args(["-KILL", "--", &format!("-{}", self.chromedriver.id())]).status());
        drop(self.chromedriver.wait());
    }
}
