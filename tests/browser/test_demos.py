# ruff: noqa: F401, F811 (fixtures come by name)
"""The live parts in a real browser: by keyboard and touch, against the package, with bad input."""

import base64
import json
import struct
import zlib

import numpy as np
import pytest
from built import BOOK, PAGES, browser, visit

from mer_core.clip import resize
from mer_core.degrade import degrade
from mer_core.descriptors.lbp_top import lbp_top_codes
from mer_core.quality import psnr
from mer_core.superres import super_resolve, weights

TRY = "try.html"
SAID = ".mer-said"


def page_with(demo):
    """The first page of the book that has this demo."""
    for page in PAGES:
        if page != "print.html" and f'data-demo="{demo}"' in (BOOK / page).read_text("utf-8"):
            return page
    pytest.skip(f"no built book with the demo {demo}")


@pytest.fixture
def opened(browser, visit):
    """Open a page in a context of its own; it must end without a complaint."""
    contexts, all_faults = [], []

    def opening(page, *, size=(1280, 900), script=None, **options):
        context = browser.new_context(
            viewport=dict(zip(("width", "height"), size, strict=True)), **options
        )
        contexts.append(context)
        if script:
            context.add_init_script(script)
        tab, faults = visit(context, page)
        all_faults.append(faults)
        return tab

    yield opening
    for context in contexts:
        context.close()
    assert not any(all_faults), all_faults


def demo(tab, kind):
    found = tab.locator(f'[data-demo="{kind}"]').first
    found.scroll_into_view_if_needed()
    return found


def presses(tab, *keys):
    for key in keys:
        tab.keyboard.press(key)


def reach(tab, element):
    """Get to an element with the tab key alone, from the top of its demo; it shows its focus."""
    handle = element.element_handle()
    for _ in range(40):
        tab.keyboard.press("Tab")
        if tab.evaluate("(e) => e === document.activeElement", handle):
            style = "(e) => getComputedStyle(e).outlineStyle"
            assert tab.evaluate(style, handle) != "none", "focus cannot be seen"
            return
    raise AssertionError("the tab key does not reach it")


def start_at(tab, kind):
    """Put the focus just before a demo."""
    tab.evaluate(
        """(kind) => {
          const place = document.querySelector(`[data-demo="${kind}"]`);
          place.tabIndex = -1;
          place.focus();
        }""",
        kind,
    )


def test_compare_by_keyboard(opened):
    tab = opened(page_with("compare"))
    part = demo(tab, "compare")
    start_at(tab, "compare")
    before = part.locator(".mer-before")
    reach(tab, part.locator("select"))
    first = part.locator(SAID).text_content()
    presses(tab, "ArrowDown")
    assert part.locator(SAID).text_content() != first
    reach(tab, part.get_by_role("application"))
    old = before.get_attribute("style")
    presses(tab, "+", "+", "+", "ArrowRight", "ArrowDown")
    style = before.get_attribute("style")
    assert "background-size: 250%" in style and "55% 55%" in style, style
    assert style != old and "55% 55%" in part.locator(".mer-hr").get_attribute("style")
    reach(tab, part.get_by_label("Bicubic to the left of"))
    presses(tab, "Home")
    assert "inset(0px 100% 0px 0px)" in before.get_attribute("style")
    reach(tab, part.get_by_label("Zoom", exact=True))
    presses(tab, "Home")
    assert "background-size: 100%" in before.get_attribute("style")


def test_compare_by_touch(opened):
    tab = opened(page_with("compare"), size=(390, 844), has_touch=True)
    part = demo(tab, "compare")
    window = part.get_by_role("application")
    window.tap(position={"x": window.bounding_box()["width"] / 4, "y": 40})
    assert part.get_by_label("Bicubic to the left of").input_value() in ("24", "25", "26")


def test_compare_tells_the_measured_psnr(opened):
    """The chapter's numbers are those of the pictures that the page shows."""
    tab = opened(page_with("compare"))
    read = """async (kind) => {
      const data = JSON.parse(document.querySelector(`[data-demo="${kind}"] script`).textContent);
      const pixels = await Promise.all(data.pictures.map(async (src) => {
        const i = new Image(); i.src = src; await i.decode();
        const c = new OffscreenCanvas(i.width, i.height).getContext("2d");
        c.drawImage(i, 0, 0);
        const bytes = c.getImageData(0, 0, i.width, i.height).data;
        return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
      }));
      return [data.pairs, pixels];
    }"""
    pairs, pixels = tab.evaluate(read, "compare")
    pictures = [
        np.frombuffer(base64.b64decode(p), np.uint8).reshape(1, 128, 128, 4)[..., :3]
        for p in pixels
    ]
    assert pairs
    for pair in pairs:
        for end in ("before", "after"):
            got = psnr(pictures[0], pictures[pair[end]["picture"]])
            assert got == pytest.approx(pair[end]["psnr"], abs=1e-9), pair


def test_a_ranking_flips_by_keyboard(opened):
    tab = opened(page_with("ranking"))
    part = demo(tab, "ranking")
    start_at(tab, "ranking")
    reach(tab, part.get_by_role("slider"))
    presses(tab, "Home")
    steps = int(part.get_by_role("slider").get_attribute("max"))
    leaders, seen = [], []
    for _ in range(steps + 1):
        leaders.append(part.locator(".mer-first").text_content().split(":")[0])
        seen.append(part.locator(SAID).text_content())
        presses(tab, "ArrowRight")
    assert len(set(leaders)) > 1, leaders  # the ranking visibly flips
    assert len(set(seen)) == steps + 1


def test_motion_is_reduced_where_asked(opened):
    tab = opened(page_with("ranking"), reduced_motion="reduce")
    bar = demo(tab, "ranking").locator(".mer-bars li").first
    assert bar.evaluate("(e) => getComputedStyle(e).transitionDuration") == "0s"


def test_scrubber_by_keyboard_gives_the_packages_codes(opened):
    tab = opened(page_with("scrubber"))
    part = demo(tab, "scrubber")
    data = json.loads(part.locator("script").text_content())
    voxels = np.frombuffer(base64.b64decode(data["voxels"]), np.uint8)
    clip = voxels.reshape(data["frames"], data["height"], data["width"])
    codes = lbp_top_codes(clip)
    x, y, t = data["x"], data["y"], data["t"]

    def expected():
        found = [codes[p, t - 1, y - 1, x - 1] for p in range(3)]
        return "codes " + ", ".join(
            f"{n} {c}" for n, c in zip(("XY", "XT", "YT"), found, strict=True)
        )

    assert expected() in part.locator(SAID).text_content()
    start_at(tab, "scrubber")
    reach(tab, part.get_by_role("application"))
    for key, axis, by in (
        ("ArrowRight", 0, 1), ("ArrowDown", 1, 1), ("PageDown", 2, 1), ("ArrowLeft", 0, -1),
        ("ArrowUp", 1, -1), ("PageUp", 2, -1), ("PageUp", 2, -1), ("ArrowRight", 0, 1),
    ):  # fmt: skip
        presses(tab, key)
        x, y, t = (v + by * (axis == i) for i, v in enumerate((x, y, t)))
        said = part.locator(SAID).text_content()
        assert f"Column {x}, row {y}, frame {t}" in said and expected() in said
    reach(tab, part.get_by_label("Frame t"))
    presses(tab, "Home")
    assert "XT none, YT none" in part.locator(SAID).text_content()
    reach(tab, part.get_by_label("show the codes"))
    presses(tab, "Space")
    assert part.locator("canvas").first.get_attribute("aria-label") == "Codes of the plane XY"


def test_scrubber_by_touch(opened):
    tab = opened(page_with("scrubber"), size=(390, 844), has_touch=True)
    part = demo(tab, "scrubber")
    plane = part.locator(".mer-XY")
    plane.tap(position={"x": plane.bounding_box()["width"] - 2, "y": 1})
    assert part.locator(SAID).text_content().startswith("Column 95, row 0,")


def wait_said(tab, words, seconds=120):
    """Wait until the demo says these words; returns all that it says then."""
    tab.wait_for_function(
        "(w) => document.querySelector('[data-demo=tryit] .mer-said').textContent.includes(w)",
        arg=words,
        timeout=1000 * seconds,
    )
    return tab.locator(f"[data-demo=tryit] {SAID}").text_content()


def ready(tab):
    part = demo(tab, "tryit")
    wait_said(tab, "The synthetic face")
    return part


def needs(name):
    if not (BOOK / "_static" / "live" / f"{name}.js").is_file():
        pytest.skip(f"the book was built without {name}")
    if not weights.available(name, source="npm"):
        pytest.skip(f"weights of {name} are not in the cache")


FIXTURE = np.random.default_rng(3).integers(0, 256, (1, 20, 28, 3), dtype=np.uint8)


@pytest.mark.parametrize("worker", [True, False], ids=["worker", "page"])
@pytest.mark.parametrize("name", ["psnr-small", "esrgan-x4"])
def test_the_network_in_the_page_is_pythons(opened, name, worker):
    """Within 1e-4 of the range [0, 1], on noise: nothing is harder to agree on."""
    from mer_core.superres import engine

    page_with("tryit")
    needs(name)
    tab = opened(TRY, script=None if worker else "delete globalThis.Worker")
    where, got = tab.evaluate(
        """async ([name, values, width, height]) => {
          const engine = await mer.engine(name);
          const data = Float32Array.from(values, (v) => Math.fround(v / 255));
          return [engine.where, [...await engine.run(data, width, height, () => {})]];
        }""",
        [name, FIXTURE.ravel().tolist(), FIXTURE.shape[2], FIXTURE.shape[1]],
    )
    assert where == f"WebAssembly, in {'a worker' if worker else 'the page'}"
    wanted = engine.run(FIXTURE, name, lambda raw: raw, dtype=np.float32, source="npm")[0]
    assert np.abs(np.reshape(got, wanted.shape) - wanted).max() < 1e-4


def shown(tab, index):
    """The pixels of the demo's canvas number `index`."""
    flat, width, height = tab.evaluate(
        """(i) => {
          const c = document.querySelectorAll("[data-demo=tryit] canvas")[i];
          const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
          return [[...d], c.width, c.height];
        }""",
        index,
    )
    return np.array(flat, np.uint8).reshape(1, height, width, 4)[..., :3]


def test_try_it_by_keyboard_is_the_chapters_arithmetic(opened):
    page_with("tryit")
    needs("psnr-small")
    tab = opened(TRY)
    part = ready(tab)
    asked = []
    tab.on("request", lambda r: asked.append(r.url.rsplit("/", 1)[-1]))
    start_at(tab, "tryit")
    reach(tab, part.get_by_label("Blur σ"))
    presses(tab, "ArrowRight", "ArrowRight")
    assert not [a for a in asked if a.endswith(".js")]  # the model loads when asked, not before
    reach(tab, part.get_by_text("Enlarge with the network"))
    presses(tab, "Enter")
    said = wait_said(tab, "bicubic.")
    assert {"tfjs.js", "psnr-small.js"} <= set(asked)
    hr, small, bicubic, network = (shown(tab, i) for i in range(4))
    np.testing.assert_array_equal(small, degrade(hr, 2, sigma=1.0))
    np.testing.assert_array_equal(bicubic, resize(small, (128, 128)))
    wanted = super_resolve(small, "psnr-small", source="npm")
    assert np.abs(network.astype(int) - wanted).max() <= 1  # where 1e-6 falls across a half
    assert f"{psnr(hr, network):.2f} dB" in said
    codes = shown(tab, 4)[0, ..., 0]
    grey = (hr[0] @ np.array([299, 587, 114]) + 500) // 1000
    stack = np.repeat(grey[None].astype(np.uint8), 3, axis=0)
    np.testing.assert_array_equal(codes[1:-1, 1:-1], lbp_top_codes(stack)[0, 0])


def test_try_it_can_be_stopped_and_started_again(opened):
    page_with("tryit")
    needs("psnr-small")
    tab = opened(TRY)
    part = ready(tab)
    part.get_by_text("Enlarge with the network").click()
    wait_said(tab, "is running")
    part.get_by_text("Stop").click()
    wait_said(tab, "Stopped.")
    part.get_by_text("Enlarge with the network").click()
    wait_said(tab, "bicubic.")


def png(width, height, colour=(200, 120, 90)):
    """A PNG of one colour, without a library: huge ones cost nothing here."""

    def chunk(name, data):
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    packer = zlib.compressobj(1)
    row = b"\0" + bytes(colour) * width
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_picture_of_your_own(opened):
    page_with("tryit")
    tab = opened(TRY, size=(390, 844), has_touch=True)
    part = ready(tab)
    give = part.locator("input[type=file]")
    for name, data, words in (
        ("dot.png", png(1, 1), "dot.png: 1 × 1 pixels"),
        ("wide.png", png(3000, 7), "wide.png: 3000 × 7 pixels"),
        ("large.png", png(6000, 4500), "large.png: 6000 × 4500 pixels"),
    ):
        give.set_input_files({"name": name, "mimeType": "image/png", "buffer": data})
        assert "nothing of it is sent" in wait_said(tab, words)
        np.testing.assert_array_equal(shown(tab, 0), np.full((1, 128, 128, 3), (200, 120, 90)))
        assert "bicubic: equal" in part.text_content()
    assert part.get_by_label("Square: side").is_visible()
    for name, data in (
        ("notes.txt", b"not a picture"),
        ("none.png", b""),
        ("flat.svg", b"<svg xmlns='http://www.w3.org/2000/svg' width='0' height='0'/>"),
        ("vast.png", png(1, 1).replace(struct.pack(">II", 1, 1), struct.pack(">II", 70000, 70000))),
    ):
        give.set_input_files({"name": name, "mimeType": "image/png", "buffer": data})
        assert "cannot be read as a picture" in wait_said(tab, f"{name} cannot")
        np.testing.assert_array_equal(shown(tab, 0)[0, 0, 0], (200, 120, 90))  # the one before
    part.get_by_text("Synthetic face").click()
    ready(tab)
    assert shown(tab, 0).std() > 10 and not part.get_by_label("Square: side").is_visible()


def test_what_is_absent_is_said(opened, tmp_path):
    """A book built offline: the page says what it lacks, and does the rest."""
    page_with("tryit")
    tab = opened(
        TRY,
        script="""addEventListener("DOMContentLoaded", () => {
          const need = mer.need;
          mer.need = async (name) => ({ ...await need(name),
            absent: { tfjs: "npm cannot be reached", "psnr-small": "no weights" } });
        }, { capture: true });""",
    )
    part = ready(tab)
    assert "tfjs (npm cannot be reached); psnr-small (no weights)" in part.text_content()
    assert part.get_by_text("Enlarge with the network").is_disabled()
    assert "psnr-small" not in part.locator("select").text_content()
    assert "bicubic: " in part.text_content()


def test_a_file_that_is_not_beside_the_page_is_named(browser):
    page_with("tryit")
    context = browser.new_context()
    tab = context.new_page()
    tab.goto((BOOK / TRY).as_uri())
    part = ready(tab)
    tab.evaluate("() => { const n = mer.need; mer.need = (x) => n(x === 'tfjs' ? 'gone' : x); }")
    part.get_by_text("Enlarge with the network").click()
    assert "gone.js is not beside this page" in wait_said(tab, "did not run")
    context.close()


@pytest.mark.parametrize("kind", ["tryit", "compare", "ranking", "scrubber"])
def test_without_javascript_a_still_stands_in(browser, kind):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto((BOOK / page_with(kind)).as_uri())
    still = tab.locator(f'[data-demo="{kind}"] .mer-still')
    assert still.is_visible() and tab.locator(f'[data-demo="{kind}"] .mer-stage').count() == 0
    assert still.locator("img, table").count() >= 1
    context.close()
