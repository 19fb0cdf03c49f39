"""A headless Chromium driven over the pipe of its own debugging protocol: standard library only.

    with chromium.Browser() as browser:
        page = browser.open("file:///…", width=1280, height=900)
        page.evaluate("document.title")

Nothing but what a test asks for is loaded: the profile is new and empty, and background traffic is off. page.requests
holds every request that a page made, page.errors what went to its console as an error or was thrown.
"""

import base64
import collections
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--disable-extensions",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb", "--remote-debugging-pipe",
]


# Where an element's first line is once it has not moved for a while: what comes into view is drawn then, and takes place.
STAND_STILL = """(async () => {
  const element = document.querySelector(%s);
  const frame = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 15)));
  let still = 0, last = "";
  while (still < 4) {
    element.scrollIntoView({block: "center", behavior: "instant"});
    await frame();
    const box = element.getClientRects()[0], now = box.x + " " + box.y;
    still = now === last ? still + 1 : 0;
    last = now;
  }
  const box = element.getClientRects()[0];
  return [box.x + box.width / 2, box.y + box.height / 2];
})()"""


def find():
    """Path of Chromium, or None."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        path = shutil.which(name)
        if path:
            return path
    return None


class Browser:
    def __init__(self, seconds=60):
        self.seconds = seconds
        self.profile = tempfile.mkdtemp(prefix="membench-chromium-")
        to_child, self.out = os.pipe()
        self.input, from_child = os.pipe()
        command = [find(), *FLAGS, f"--user-data-dir={self.profile}", "about:blank"]
        # The pipe's ends are descriptors 3 and 4 of the browser.
        shell = f'exec "$@" 3<&{to_child} 4>&{from_child}'
        self.process = subprocess.Popen(
            ["bash", "-c", shell, "bash", *command], pass_fds=(to_child, from_child), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(to_child)
        os.close(from_child)
        self.buffer = b""
        self.number = 0
        self.events = collections.deque()
        self.pages = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for descriptor in (self.out, self.input):
            os.close(descriptor)
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for _ in range(20):  # helpers of the browser write to the profile until they are gone
            shutil.rmtree(self.profile, ignore_errors=True)
            if not os.path.exists(self.profile):
                break
            time.sleep(0.05)

    def _receive(self, end):
        while b"\0" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.input], [], [], left)[0]:
                raise TimeoutError("Chromium does not answer")
            part = os.read(self.input, 1 << 16)
            if not part:
                raise RuntimeError("Chromium has ended")
            self.buffer += part
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def _take(self, message):
        page = self.pages.get(message.get("sessionId"))
        if page:
            page.take(message["method"], message.get("params", {}))

    def call(self, method, session=None, **params):
        """Calls a method of the protocol and returns its result."""
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if session:
            request["sessionId"] = session
        os.write(self.out, json.dumps(request).encode() + b"\0")
        end = time.monotonic() + self.seconds
        while True:
            message = self._receive(end)
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return message["result"]
            if "method" in message:
                self._take(message)

    def open(self, address, width=1280, height=900, dark=False, javascript=True):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, target)
        self.pages[session] = page
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(domain + ".enable")
        page.call("Emulation.setScriptExecutionDisabled", value=not javascript)
        page.call("Page.bringToFront")  # what is behind is not drawn
        page.size(width, height)
        page.dark(dark)
        page.load(address)
        return page


class Page:
    def __init__(self, browser, session, target):
        self.browser, self.session, self.target = browser, session, target
        self.errors, self.requests = [], []
        self.is_loaded = False

    def take(self, method, params):
        if method == "Page.loadEventFired":
            self.is_loaded = True
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.errors.append(" ".join(str(a.get("value", a.get("description"))) for a in params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.errors.append(params["entry"]["text"])

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def load(self, address):
        self.is_loaded = False
        is_same = "loaderId" not in self.call("Page.navigate", url=address)  # only the part behind the # differs
        end = time.monotonic() + self.browser.seconds
        while not self.is_loaded and not is_same:
            self._let_pass(end)

    def _let_pass(self, end):
        message = self.browser._receive(end)
        if "method" in message:
            self.browser._take(message)

    def evaluate(self, expression):
        """Value of an expression, awaited; what it throws is raised."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", "threw"))
        return result["result"].get("value")

    def wait(self, expression, seconds=20):
        """Waits until an expression is true and returns its value, true for an element."""
        expression = f"(value => value instanceof Node || value)({expression})"
        end = time.monotonic() + seconds
        while True:
            value = self.evaluate(expression)
            if value:
                return value
            if time.monotonic() > end:
                raise TimeoutError(f"never true: {expression}")
            time.sleep(0.02)

    def size(self, width, height, scale=1):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False)

    def dark(self, is_dark):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}])

    def key(self, key, code=None, text=""):
        """Presses and releases a key: "Enter", "ArrowRight", "Escape", "Tab" or a character."""
        codes = {"Enter": 13, "Tab": 9, "Escape": 27, "ArrowLeft": 37, "ArrowRight": 39, "End": 35, "Home": 36}
        what = {"key": key, "code": code or key, "windowsVirtualKeyCode": codes.get(key, 0)}
        self.call("Input.dispatchKeyEvent", type="keyDown", text="\r" if key == "Enter" else text, **what)
        self.call("Input.dispatchKeyEvent", type="keyUp", **what)

    def write(self, text):
        self.call("Input.insertText", text=text)

    def click(self, selector):
        """Clicks with the mouse in the middle of the (first line of the) first element that matches."""
        box = self.evaluate(STAND_STILL % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def screenshot(self, path, clip=None):
        more = {"clip": {**clip, "scale": 1}, "captureBeyondViewport": True} if clip else {}
        data = self.call("Page.captureScreenshot", format="png", **more)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def pdf(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.printToPDF", printBackground=True, paperWidth=8.27, paperHeight=11.69)["data"]))

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
        self.browser.pages.pop(self.session, None)
