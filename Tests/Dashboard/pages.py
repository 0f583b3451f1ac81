"""What the tests ask a browser: pages that watch their own console and requests, and rules of accessibility."""

import contextlib
import os
import statistics
import time
import urllib.parse

from playwright.sync_api import sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")

# Finds what breaks the rules: names of controls, labels, heading order, landmarks, unique ids, contrast of text.
RULES = r"""() => {
  const found = [];
  const say = (rule, element, more = "") => found.push(`${rule}: ${element.tagName.toLowerCase()}.${[...element.classList].join(".")} ${more} ${(element.textContent || "").trim().slice(0, 40)}`);
  const isShown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && element.getClientRects().length > 0;
  const nameOf = (element) => {
    const by = element.getAttribute("aria-labelledby");
    if (by) return by.split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();
    if (element.getAttribute("aria-label")) return element.getAttribute("aria-label").trim();
    if (element.labels?.length) return [...element.labels].map((label) => label.textContent).join(" ").trim();
    if (element.matches("input, select, textarea")) return element.getAttribute("title") ?? "";
    return (element.textContent || element.getAttribute("title") || element.querySelector("img")?.alt || "").trim();
  };
  for (const element of document.querySelectorAll("a[href], button, input, select, textarea, summary, [role=button], [role=tab], [role=list], [role=region], [role=log], dialog, nav, [role=tablist], [role=tabpanel]")) {
    if (isShown(element) && !nameOf(element)) say("no name", element);
  }
  for (const image of document.querySelectorAll("img:not([alt]), svg:not([aria-hidden]):not([aria-label])")) say("no text for a picture", image);
  const ids = new Map();
  for (const element of document.querySelectorAll("[id]")) { if (ids.has(element.id)) say("id twice", element, element.id); ids.set(element.id, 1); }
  for (const element of document.querySelectorAll("[aria-controls], [aria-describedby], [aria-labelledby]")) {
    for (const name of ["aria-describedby", "aria-labelledby"]) for (const id of (element.getAttribute(name) ?? "").split(" ").filter(Boolean)) if (!document.getElementById(id)) say("points at nothing", element, id);
  }
  if (document.querySelectorAll("main").length !== 1) found.push("not one main");
  const heads = [...document.querySelectorAll("h1, h2, h3, h4")].filter(isShown).map((head) => Number(head.tagName[1]));
  if (heads.filter((level) => level === 1).length !== 1) found.push(`headings of level 1: ${heads.filter((level) => level === 1).length}`);
  heads.reduce((before, level) => { if (level > before + 1) found.push(`heading ${level} after ${before}`); return level; }, 0);
  for (const element of document.querySelectorAll("[tabindex]")) if (element.tabIndex > 0) say("tabindex above 0", element);
  if (!document.documentElement.lang) found.push("no language");
  if (document.documentElement.scrollWidth > innerWidth + 1) found.push(`wider than the window: ${document.documentElement.scrollWidth} > ${innerWidth}`);

  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (text) => { context.clearRect(0, 0, 1, 1); context.fillStyle = text; context.fillRect(0, 0, 1, 1); const d = context.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const light = (colour) => { const [r, g, b] = colour.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) { const colour = rgba(getComputedStyle(at).backgroundColor); if (colour[3] > 0) layers.push(colour); if (colour[3] === 1) break; }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const seen = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !isShown(element) || element.closest(":disabled, option, .hidden-visually, noscript, .pulse") ) continue;
    const style = getComputedStyle(element);
    const back = behind(element);
    const isSvg = element instanceof SVGElement;
    const front = over(rgba(isSvg ? style.fill : style.color), back);
    const [one, other] = [light(front), light(back)].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.6 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const key = `${front.map(Math.round)}/${back.map(Math.round)}`;
    if (ratio < least && !seen.has(key)) { seen.add(key); say(`contrast ${ratio.toFixed(2)}`, element); }
  }
  return found;
}"""


class Watch:
    """Keeps what must not happen: errors in the console, failed scripts, requests to other hosts."""

    def __init__(self, base):
        self.host = urllib.parse.urlsplit(base).netloc
        self.errors, self.foreign, self.allowed = [], [], []

    def follow(self, page):
        page.on("console", self.console)
        page.on("pageerror", lambda error: self.errors.append(f"{error}\n{getattr(error, 'stack', '')}"))
        page.on("request", self.request)

    def console(self, message):
        if message.type in ("error", "warning") and not any(text in message.text for text in self.allowed):
            self.errors.append(f"{message.type}: {message.text} {message.location.get('url', '')}")

    def request(self, request):
        address = urllib.parse.urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != self.host:
            self.foreign.append(request.url)


@contextlib.contextmanager
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield chromium
        finally:
            chromium.close()


def broken_rules(page):
    """The rules of accessibility that the page breaks now."""
    return page.evaluate(RULES)


def focus_order(page, most=60):
    """What the Tab key reaches, in its order: name and place of each."""
    page.evaluate("() => { document.activeElement?.blur(); window.scrollTo(0, 0); }")
    reached = []
    for _ in range(most):
        page.keyboard.press("Tab")
        entry = page.evaluate("""() => {
          const at = document.activeElement;
          if (!at || at === document.body) return null;
          const box = at.getBoundingClientRect();
          const style = getComputedStyle(at);
          const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
          return { name: at.getAttribute("aria-label") ?? at.textContent.trim().slice(0, 40), tag: at.tagName, top: box.top, left: box.left, ring,
                   inRail: Boolean(at.closest(".rail")), inMain: Boolean(at.closest("main")) };
        }""")
        if entry is None:
            break
        reached.append(entry)
    return reached


def frames_while(page, selector, steps=40, distance=4000):
    """Scrolls an element step by step; the times in milliseconds of its handlers and of whole frames

    with their drawing: `(median, longest)` of each. Only the median says something on a busy machine."""
    times = page.evaluate("""async ([selector, steps, distance]) => {
      const place = document.querySelector(selector);
      const times = { handler: [], frame: [] };
      for (let step = 0; step < steps; step += 1) {
        await new Promise((resolve) => {
          let from = 0;
          requestAnimationFrame(() => { from = performance.now(); });
          place.scrollTop = (step * distance) % Math.max(1, place.scrollHeight - place.clientHeight);
          place.dispatchEvent(new Event("scroll"));
          requestAnimationFrame(() => {
            times.handler.push(performance.now() - from);
            setTimeout(() => { times.frame.push(performance.now() - from); resolve(); }, 0);
          });
        });
      }
      return times;
    }""", [selector, steps, distance])
    return {name: (statistics.median(values), max(values)) for name, values in times.items()}


def eventually(holds, what, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if result := holds():
            return result
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within {seconds} s")
