#!/usr/bin/env python3
"""html.py XENPT FOLDER [SHOTS]: the page of `xenpt render --format html`, in a browser.

A headless Chromium opens pages of real machines from files, with no network.  What a page says of
addresses and frames is what `xenpt walk` and `xenpt who` say, of every context; somebody types, searches, chooses
and clicks.  Exit code 77: there is no browser here, or no driver of one.
"""
import collections
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.append("/usr/lib/python3/dist-packages")
try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import Select, WebDriverWait
except ImportError as e:
    print("skipped: no driver of a browser for Python:", e)
    sys.exit(77)

CAPTURES = [
    "deb-pv64-intel-hc-xen",  # PV under XPTI
    "rel-pv32-amd-guest",  # a PV guest with PAE tables
    "bochs-pvhd0-ept-guest",  # EPT
    "rel-pvhd0-sh64-guest",  # shadow paging
    "rel-hap64-amd-guest",  # NPT
    "rel-xl2-intel-xen",  # the most contexts, and the largest page
]
MODEL = "examples/03-hvm-host-tables.yaml"  # guests under second stages
MOST = 6  # Contexts of a page, whose walks are compared.
SECONDS = 2.0  # A large capture is there, and can be used.
BYTES = 2_000_000


def browser():
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        print("skipped: no chromium, or no chromedriver")
        sys.exit(77)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for word in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 "--window-size=1300,1600", "--host-resolver-rules=MAP * ~NOTFOUND"]:
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service(driver), options=options)


def command(xenpt, *words):
    p = subprocess.run([xenpt, *words], capture_output=True, timeout=60, check=False)
    assert p.returncode == 0, p.stderr.decode()
    return p.stdout


def addresses(page):
    """Slots, runs of the tree, and what nobody thought of."""
    ret = {0, 0x1000, 0x401000, 0x800000000000, 1 << 47, (1 << 64) - 1, 1 << 40, 0xffffffff}
    rng = random.Random(7)
    for first, last in page.execute_script("return data.nodes.filter(n => n[0]).map(n => [n[6], n[7]])"):
        first, last = int(first, 16), int(last, 16)
        ret |= {first, last, rng.randrange(first, last + 1)}
    chosen = sorted(ret)
    rng.shuffle(chosen)
    return sorted(chosen[:100])


def check_walks_of(page, i, name, asked, theirs):
    ours = page.execute_script(f"return arguments[0].map(a => xenpt.walk({i}, a))", [hex(a) for a in asked])
    assert len(theirs) == len(asked)
    for address, a, b in zip(asked, ours, theirs):
        for key in ["outcome", "maddr"] + (["rights"] if a["outcome"] == "mapped" else []):
            assert a[key] == b[key], (name, hex(address), a, b)
        if a["outcome"] == "mapped" and b["page"]:
            assert a["page"] == b["page"], (name, hex(address), a, b)
    return len(asked)


def check_walks(page, xenpt, capture):
    names = page.execute_script("return data.contexts.map(c => c.name)")
    asked = addresses(page)
    n = 0
    model = []
    if capture.endswith(".yaml"):  # Naming a context of a model would run it.
        model = json.loads(command(xenpt, "walk", capture, *[f"{a:x}" for a in asked], "--format", "json"))["walks"]
    for i, name in enumerate(names[:MOST]):
        if capture.endswith(".yaml"):
            n += check_walks_of(page, i, name, asked, [w for w in model if w["context"] == name])
            continue
        # Roots that were found are taken by their frame, with the format that the page has.
        form = page.execute_script(f"return data.contexts[{i}].first.name")
        mode = {"4-level": "4level", "EPT": "ept", "NPT 4-level": "npt", "NPT": "npt"}.get(form)
        if name.startswith("root:") and not mode:
            continue
        context = ["--root", f"{name[5:]}:{mode}"] if name.startswith("root:") else ["--context", name]
        theirs = json.loads(command(xenpt, "walk", capture, *[f"{a:x}" for a in asked], *context, "--quiet",
                                    "--format", "json"))["walks"]
        n += check_walks_of(page, i, name, asked, theirs)
    assert n >= 100, (capture, n)
    return n


def check_who(page, xenpt, capture):
    """Frames that somebody reaches: counts of each context."""
    names = page.execute_script("return data.contexts.map(c => c.name)")
    frames = page.execute_script("return Object.keys(data.tables)")
    random.Random(3).shuffle(frames)
    frames = sorted(frames[:4]) + ["0", "100", "fffffffff"]
    theirs = json.loads(command(xenpt, "who", capture, *frames, "--quiet", "--format", "json"))["frames"]
    for frame, who in zip(frames, theirs):
        counts = collections.Counter()
        for r in who["reached_by"]:
            counts[r["context"]] += int(r["count"])
        ours = page.execute_script("return xenpt.who(arguments[0])", "0x" + frame)
        for name, n in zip(names, ours):
            assert int(n) == counts[name], (capture, frame, name, n, counts[name])
    return len(frames)


def check_by_hand(page):
    """What a person does, on the page of a PV guest under XPTI."""
    def at(name):
        return page.find_element(By.ID, name)

    context, address, frame = Select(at("context")), at("address"), at("frame")
    assert len(context.options) == 6 and "cpu0" in context.options[0].text
    address.send_keys("ffff830000000000")
    answer = at("answer").text
    assert answer == "0xffff830000000000 <directmap> in cpu0: mapped to 0x0 (mfn 0x0), rw--, 4K", answer
    assert len(page.find_elements(By.CSS_SELECTOR, "#walk tbody tr")) == 4
    context.select_by_index(1)  # Another context, the same address: XPTI has nothing there.
    assert at("answer").text.endswith("in cpu1: not-present"), at("answer").text
    address.clear()
    address.send_keys("xyz")
    assert "no hexadecimal address" in at("walk").text
    context.select_by_index(0)
    frame.send_keys("f127")
    assert at("reached").text == "mfn 0xf127 is reached in 6 of 6 contexts", at("reached").text
    # A click on an address of another context goes there.
    link = page.find_elements(By.CSS_SELECTOR, "#who tbody tr")[1].find_element(By.TAG_NAME, "button")
    va = link.text
    link.click()
    assert context.first_selected_option.text.startswith("cpu1") and va[2:] == address.get_attribute("value")
    assert "mapped to 0xf127" in at("answer").text
    # Slots: all that the root has, and a click walks there.
    context.select_by_index(0)
    used = page.find_elements(By.CSS_SELECTOR, "#slots button[tabindex='0']")
    assert [b.get_attribute("data-slot") for b in used] == ["0", "256", "258", "260", "261", "262", "272"]
    used[5].send_keys(Keys.ENTER)
    assert "<directmap>" in at("answer").text
    # Search, by keys alone; and open a table.
    at("search").send_keys("directmap 2M")
    assert at("found").text.endswith("found") and not at("tree").is_displayed()
    results = page.find_elements(By.CSS_SELECTOR, "#results li")
    assert results and all("directmap" in r.text and "2M" in r.text for r in results)
    results[0].find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
    assert "<directmap>" in at("answer").text
    for _ in range(20):
        at("search").send_keys(Keys.BACKSPACE)
    assert at("tree").is_displayed() and not page.find_elements(By.CSS_SELECTOR, "#results li")
    closed = page.find_elements(By.CSS_SELECTOR, "#tree details:not([open]) > summary")
    before = len(page.find_elements(By.CSS_SELECTOR, "#tree li"))
    closed[0].send_keys(Keys.ENTER)
    WebDriverWait(page, 10).until(lambda p: len(p.find_elements(By.CSS_SELECTOR, "#tree li")) > before)
    # Every control is met by the Tab key.
    page.execute_script("document.body.tabIndex = -1; document.body.focus()")
    met = set()
    for _ in range(6):
        page.switch_to.active_element.send_keys(Keys.TAB)
        met.add(page.execute_script("return document.activeElement.id || document.activeElement.tagName"))
    assert {"context", "address", "frame"} <= met, met


def main():
    xenpt, folder = sys.argv[1:3]
    shots = sys.argv[3] if len(sys.argv) > 3 else None
    page = browser()
    walks = frames = 0
    slowest = 0.0
    try:
        with tempfile.TemporaryDirectory() as temporary:
            for name in CAPTURES + [MODEL]:
                capture = f"{folder}/{name}" if name == MODEL else f"{folder}/tests/captures/{name}.elf.zst"
                file = f"{temporary}/page.html"
                command(xenpt, "render", capture, "--format", "html", "--quiet", "-o", file)
                assert os.path.getsize(file) < BYTES, (name, os.path.getsize(file))
                with open(file, encoding="utf-8") as f:
                    text = f.read()
                assert not any(w in text for w in ["src=", "href=", "@import", "url(http", "@TITLE@"]), name
                start = time.monotonic()
                page.get("file://" + file)
                assert page.execute_script("return xenpt.walk(0, '0x0').outcome")
                took = time.monotonic() - start
                slowest = max(slowest, took)
                if name == CAPTURES[0]:
                    check_by_hand(page)
                    if shots:
                        page.save_screenshot(f"{shots}/page.png")
                walks += check_walks(page, xenpt, capture)
                frames += check_who(page, xenpt, capture)
                bad = [e for e in page.get_log("browser") if e["level"] in ("SEVERE", "WARNING")]
                assert not bad, (name, bad)
    finally:
        page.quit()
    print(f"{walks} walks and {frames} frames are as the command has them; "
          f"the slowest page was there after {slowest:.2f} s")
    # On a computer that does nothing else: set XENPT_TIME.
    assert slowest < SECONDS or not os.environ.get("XENPT_TIME")


main()
