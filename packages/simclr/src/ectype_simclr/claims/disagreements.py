"""Where the paper, its official code and libraries say different things."""

import math

import torch
import torch.nn.functional as F

from ectype_simclr.claims.shared import paper
from ectype_simclr.color_adjustments import adjust_brightness, adjust_contrast, grayscale
from ectype_simclr.contrastive_prediction import contrastive_entropy
from ectype_simclr.gaussian_blur import SIGMAS, gaussian_blur, kernel_radius
from ectype_simclr.lars import Lars, lars_groups
from ectype_simclr.nt_xent_loss import nt_xent_loss
from ectype_simclr.presets import IMAGENET, IMAGENET_TRAINING_IMAGES
from ectype_simclr.projection_head import ProjectionHead
from ectype_simclr.random_crop import AREAS, ASPECTS, random_box
from ectype_simclr.residual_encoder import ResidualEncoder

CODE = "google-research/simclr@383d414"
FIRST = "google-research/simclr@be133b3"


def normal(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


# The loss

averaging = paper.disagreement(
    "averaging",
    "Algorithm 1 divides the sum over both directions by 2N. The official code adds the means over the two directions, "
    "each over N, and so trains on twice the loss. LARS does not notice, but for a weight decay that counts half.",
    at="Alg. 1",
    follow="paper",
)


@averaging.reading("paper", source="Alg. 1")
def _(first, second):
    return nt_xent_loss(first, second)


@averaging.reading("official code", source=f"{CODE}, objective.py, loss = loss_a + loss_b")
def _(first, second):
    directions = []
    for anchors, others in ((first, second), (second, first)):
        a, b = F.normalize(anchors, dim=-1), F.normalize(others, dim=-1)
        own = a @ a.T / 0.1 - 1e9 * torch.eye(len(a)).to(a)
        logits = torch.cat([a @ b.T / 0.1, own], dim=1)
        directions.append(F.cross_entropy(logits, torch.arange(len(a))))
    return sum(directions)


@averaging.measure("loss of 8 pairs whose similarities are all equal; log 15 is 2.708")
def _(reading):
    same = torch.ones(8, 2, dtype=torch.float64)
    return float(reading(same, same))


itself = paper.disagreement(
    "anchor-itself",
    "The indicator of Eq. 1 leaves the anchor out of its own candidates. The official code subtracts 1e9 from its logit. In "
    "single precision and in bfloat16 that is the same; half precision has no number so large, and zero times infinity is "
    "not a number.",
    at="Eq. 1",
    follow="paper",
)


@itself.reading("paper", source="Eq. 1")
def _(similarities, itself):
    return similarities.masked_fill(itself, -math.inf)


@itself.reading("official code", source=f"{CODE}, objective.py, logits - masks * LARGE_NUM")
def _(similarities, itself):
    return similarities - itself.to(similarities) * torch.tensor(1e9).to(similarities)


def probabilities(reading, dtype):
    similarities = normal(4, 4).to(dtype)
    return reading(similarities, torch.eye(4, dtype=torch.bool)).float().softmax(dim=-1)


@itself.measure("largest probability of the anchor itself, in single precision")
def _(reading):
    return probabilities(reading, torch.float32).diagonal().max().item()


@itself.measure("share of logits that are numbers or minus infinity, in half precision")
def _(reading):
    similarities = normal(4, 4).half()
    return 1 - reading(similarities, torch.eye(4, dtype=torch.bool)).isnan().float().mean().item()


views = paper.disagreement(
    "more-than-two-views",
    "Eq. 1 sums over all k other than i. With two views that leaves one positive; with more views of a label "
    "pytorch-metric-learning leaves the other positives out of the sum as well. The paper has two views.",
    at="Eq. 1",
    follow="paper",
)


@views.reading("paper", source="Eq. 1, for each positive pair")
def _(embeddings, labels):
    logits = embeddings @ embeddings.T / 0.1
    log_p = logits.masked_fill(torch.eye(len(logits), dtype=torch.bool), -math.inf).log_softmax(dim=-1)
    positives = (labels[:, None] == labels[None]) & ~torch.eye(len(logits), dtype=torch.bool)
    return -log_p[positives].mean()


@views.reading("pytorch-metric-learning", source="pytorch_metric_learning.losses.NTXentLoss")
def _(embeddings, labels):
    from pytorch_metric_learning.losses import NTXentLoss

    return NTXentLoss(temperature=0.1)(embeddings, labels)


@views.measure("loss of 3 images in 2 views, all similarities equal; log 5 is 1.609")
def _(reading):
    return float(reading(torch.ones(6, 1, dtype=torch.float64), torch.arange(3).repeat(2)))


@views.measure("loss of 3 images in 4 views, all similarities equal; log 11 is 2.398")
def _(reading):
    return float(reading(torch.ones(12, 1, dtype=torch.float64), torch.arange(3).repeat(4)))


candidates = paper.disagreement(
    "candidates-of-table-5",
    "The loss has 2N - 1 candidates, 8191 at the default batch. Table 5 says that its contrastive distribution is over 4096 "
    "examples, and its largest entropy, 8.3, is log 4096. The official code computes entropy and accuracy from the logits "
    "across views alone.",
    at="Tab. 5",
    follow="paper",
)


@candidates.reading("paper", source="Tab. 5, caption")
def _(first, second):
    return contrastive_entropy(first, second)


@candidates.reading("Eq. 1", source="Eq. 1, all others of the batch")
def _(first, second):
    a, b = F.normalize(first, dim=-1), F.normalize(second, dim=-1)
    own = (a @ a.T / 0.1).masked_fill(torch.eye(len(a), dtype=torch.bool), -math.inf)
    log_p = torch.cat([a @ b.T / 0.1, own], dim=1).log_softmax(dim=-1)
    return -(log_p.exp() * log_p.clamp(min=-1e9)).sum(-1).mean()


@candidates.measure("entropy of a batch of 256, all similarities equal, plus log 16 for a batch of 4096")
def _(reading):
    same = torch.ones(256, 1, dtype=torch.float64)
    return round(float(reading(same, same)) + math.log(16), 3)


# The head

head = paper.disagreement(
    "head",
    "The paper's head is two matrices with a ReLU between them. The official code normalises after each of them, with a bias "
    "before the ReLU and none at the end.",
    at="Sec. 2.1",
    follow="paper",
)


@head.reading("paper", source="Sec. 2.1")
def _(features, latent):
    return ProjectionHead(features, latent=latent)


@head.reading("official code", source=f"{FIRST}, model_util.py, projection_head")
def _(features, latent):
    last = torch.nn.BatchNorm1d(latent)
    last.bias = None
    return torch.nn.Sequential(
        torch.nn.Linear(features, features, bias=False),
        torch.nn.BatchNorm1d(features),
        torch.nn.ReLU(),
        torch.nn.Linear(features, latent, bias=False),
        last,
    )


@head.measure("parameters on a ResNet-50")
def _(reading):
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in reading(2048, 128).parameters())


@head.measure("largest mean of an embedding's entry over a batch, relative to its deviation")
def _(reading):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        z = reading(16, 8).double()(normal(64, 16))
    return round((z.mean(0).abs() / z.std(0)).max().item(), 6)


# Optimisation

decay = paper.disagreement(
    "weight-decay",
    "The paper decays by 1e-6, and so did the first commit of the official code. The command that its README gives for the "
    "paper's setting now decays by 1e-4, with square root scaling of the rate.",
    at="Sec. 2.3",
    follow="paper",
)


@decay.reading("paper", source="Sec. 2.3")
def _():
    return 1e-6


@decay.reading("official code", source=f"{CODE}, README.md and run.py")
def _():
    return 1e-4


@decay.measure("angle in degrees by which decay turns a step, gradient a thousandth of the weights and across them")
def _(reading):
    parameter = torch.nn.Parameter(torch.tensor([1.0, 0.0]).double())
    parameter.grad = torch.tensor([0.0, 1e-3]).double()
    Lars([parameter], lr=1.0, weight_decay=reading()).step()
    along, across = (parameter.detach() - torch.tensor([1.0, 0.0])).abs().tolist()
    return round(math.degrees(math.atan2(along, across)), 4)


exclusions = paper.disagreement(
    "what-decays",
    "The paper speaks of LARS and a weight decay and of no exception. The official code leaves parameters of batch "
    "normalisations and biases out of both.",
    at="Sec. 2.3",
    follow="official code",
)


@exclusions.reading("every parameter", source="Sec. 2.2, Sec. 2.3, taken at their word")
def _(model):
    return [{"params": list(model.parameters())}]


@exclusions.reading("official code", source=f"{CODE}, model_util.py, exclude_from_weight_decay")
def _(model):
    return lars_groups(model)


@exclusions.measure("parameters of ResNet-50 and head that decay")
def _(reading):
    with torch.device("meta"):
        model = torch.nn.Sequential(ResidualEncoder(), ProjectionHead(2048))
    groups = [group for group in reading(model) if group.get("weight_decay") != 0]
    return sum(p.numel() for group in groups for p in group["params"])


@exclusions.measure("tensors of ResNet-50 and head that have a rate of their own")
def _(reading):
    with torch.device("meta"):
        model = torch.nn.Sequential(ResidualEncoder(), ProjectionHead(2048))
    return sum(len(group["params"]) for group in reading(model) if group.get("trust", 1.0) is not None)


length = paper.disagreement(
    "steps",
    "The paper counts epochs. The official code divides the images of all epochs by the batch and adds one step, so that "
    "batches run on over the ends of epochs; here an epoch is of whole batches, and what is left over waits for the next.",
    at="Sec. 2.3",
    follow="whole batches",
)


@length.reading("whole batches", source="Sec. 2.3, epochs of batches of 4096")
def _(settings, images):
    return settings.steps(images)


@length.reading("official code", source=f"{CODE}, model_util.py, get_train_steps")
def _(settings, images):
    return (
        images * settings.epochs // settings.batch_size + 1,
        round(settings.warmup_epochs * images // settings.batch_size),
    )


@length.measure("steps of the default setting on ImageNet")
def _(reading):
    return reading(IMAGENET, IMAGENET_TRAINING_IMAGES)[0]


@length.measure("steps of its warm-up")
def _(reading):
    return reading(IMAGENET, IMAGENET_TRAINING_IMAGES)[1]


# Random crop

shapes = paper.disagreement(
    "shape-of-a-crop",
    "The paper draws an area uniformly and a shape relative to the image's, and names two implementations of it. "
    "torchvision's shape is relative to a square. TensorFlow's is too, as the official code calls it; it draws the height "
    "uniformly, and not the area.",
    at="App. A",
    follow="paper",
)


def uniform(low, high, generator):
    return low + (high - low) * torch.rand((), generator=generator, dtype=torch.float64).item()


@shapes.reading("paper", source="App. A")
def _(height, width, generator):
    return random_box(height, width, generator=generator)[2:]


@shapes.reading("torchvision", source="torchvision.transforms.RandomResizedCrop")
def _(height, width, generator):
    from torchvision.transforms import RandomResizedCrop

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (), generator=generator)))
        image = torch.empty(3, height, width, device="meta")
        return RandomResizedCrop.get_params(image, list(AREAS), list(ASPECTS))[2:]


@shapes.reading("official code", source=f"{CODE}, data_util.py, and TensorFlow's sample_distorted_bounding_box")
def _(height, width, generator):
    for _ in range(100):
        aspect = uniform(*ASPECTS, generator)
        least, most = (round(math.sqrt(share * height * width / aspect)) for share in AREAS)
        most = min(most, height, int((width + 0.5) / aspect))
        high = int(uniform(min(least, most), most + 1, generator))
        wide = round(high * aspect)
        if AREAS[0] * height * width <= high * wide and wide <= width:
            return high, wide
    return height, width


def boxes(reading, height, width):
    generator = torch.Generator().manual_seed(0)
    return torch.tensor([reading(height, width, generator) for _ in range(4000)]).double()


@shapes.measure("mean share of a square image that a crop covers")
def _(reading):
    return round(boxes(reading, 400, 400).prod(-1).mean().item() / 400**2, 2)


@shapes.measure("median width by height of a crop, of an image that is 2 by 1")
def _(reading):
    found = boxes(reading, 300, 600)
    return round((found[:, 1] / found[:, 0]).median().item(), 2)


# Colours

brightness = paper.disagreement(
    "brightness",
    "Appendix A gives colour distortion twice. TensorFlow's random_brightness adds up to 0.8 to all intensities, "
    "torchvision's ColorJitter multiplies them by 0.2 to 1.8. The official code adds in its first commit and multiplies by "
    "default since SimCLRv2.",
    at="App. A",
    follow="PyTorch pseudo-code",
)


@brightness.reading("PyTorch pseudo-code", source="App. A, transforms.ColorJitter(0.8*s, ...)")
def _(image, draw):
    return adjust_brightness(image, 1 + 0.8 * draw)


@brightness.reading("TensorFlow pseudo-code", source="App. A, tf.image.random_brightness(x, max_delta=0.8*s)")
def _(image, draw):
    return (image + 0.8 * draw).clamp(0, 1)


@brightness.measure("share of the draws that make a grey image all white or all black")
def _(reading):
    grey = torch.full((3, 1, 1), 0.5, dtype=torch.float64)
    found = [reading(grey, draw).mean().item() for draw in torch.linspace(-1, 1, 2001).tolist()]
    return round(sum(value in (0.0, 1.0) for value in found) / len(found), 3)


contrast = paper.disagreement(
    "contrast",
    "Contrast is around the mean luminance of the image in torchvision, and around the mean of each channel in TensorFlow.",
    at="App. A",
    follow="PyTorch pseudo-code",
)


@contrast.reading("PyTorch pseudo-code", source="App. A, transforms.ColorJitter(..., 0.8*s, ...)")
def _(image, factor):
    return adjust_contrast(image, factor)


@contrast.reading("TensorFlow pseudo-code", source="App. A, tf.image.random_contrast")
def _(image, factor):
    mean = image.mean(dim=(-2, -1), keepdim=True)
    return (mean + factor * (image - mean)).clamp(0, 1)


@contrast.measure("red that is left of a red image at a factor of 0.2")
def _(reading):
    red = torch.tensor([1.0, 0.0, 0.0]).double().view(3, 1, 1).expand(3, 4, 4)
    return round((reading(red, 0.2) - grayscale(reading(red, 0.2)))[0].mean().item(), 4)


order = paper.disagreement(
    "order-of-the-jitter",
    "The TensorFlow pseudo-code adjusts in one order and cuts to [0, 1] at the end, and says that one can also shuffle the "
    "order; torchvision shuffles it and cuts after each adjustment.",
    at="App. A",
    follow="PyTorch pseudo-code",
)


@order.reading("PyTorch pseudo-code", source="App. A, transforms.ColorJitter")
def _(image, draws, seed):
    for adjustment in torch.randperm(3, generator=torch.Generator().manual_seed(seed)).tolist():
        image = adjusted(image, adjustment, draws[adjustment]).clamp(0, 1)
    return image


@order.reading("TensorFlow pseudo-code", source="App. A, color_jitter")
def _(image, draws, seed):
    for adjustment, draw in enumerate(draws):
        image = adjusted(image, adjustment, draw)
    return image.clamp(0, 1)


def adjusted(image, which, factor):
    """Brightness, contrast or saturation without cutting."""
    other = (torch.zeros_like(image), grayscale(image).mean(), grayscale(image))[which]
    return factor * image + (1 - factor) * other


@order.measure("different images from one draw of brightness, contrast and saturation, 100 times")
def _(reading):
    image = normal(3, 4, 4).sigmoid()
    found = [reading(image, (1.6, 1.7, 0.4), seed).mul(1e6).round().flatten().tolist() for seed in range(100)]
    return len({tuple(each) for each in found})


# Gaussian blur

border = paper.disagreement(
    "border-of-the-blur",
    "What is beyond the border is not stated. The official code pads with zeros (padding='SAME'), which darkens the border; "
    "torchvision's GaussianBlur mirrors the image.",
    at="App. A",
    follow="official code",
)


@border.reading("official code", source=f"{CODE}, data_util.py, gaussian_blur")
def _(image, sigma):
    return gaussian_blur(image, sigma)


@border.reading("mirrored", source="torchvision.transforms.GaussianBlur")
def _(image, sigma):
    radius = kernel_radius(image.shape[-2])
    mirrored = F.pad(image[None], (radius,) * 4, mode="reflect")[0]
    offsets = torch.arange(-radius, radius + 1).to(image)
    weights = (-(offsets**2) / (2 * sigma**2)).softmax(0)
    for dim in (-2, -1):
        mirrored = (mirrored.unfold(dim, 2 * radius + 1, 1) * weights).sum(-1)
    return mirrored


@border.measure("intensity in the corner of a white image of 224 pixels, sigma 2")
def _(reading):
    return round(reading(torch.ones(1, 224, 224, dtype=torch.float64), 2.0)[0, 0, 0].item(), 4)


kernel = paper.disagreement(
    "size-of-the-kernel",
    "A tenth of the height is 22.4 pixels of 224, and 3.2 of 32; a kernel has an odd number. The official code takes 23 and 3; "
    "rounding down to an odd number gives 21 and 3.",
    at="App. A",
    follow="official code",
)


@kernel.reading("official code", source=f"{CODE}, data_util.py, kernel_size=height//10, then radius * 2 + 1")
def _(height):
    return 2 * kernel_radius(height) + 1


@kernel.reading("rounded down", source="App. A, to an odd number of pixels")
def _(height):
    return (height // 10 - 1) // 2 * 2 + 1


@kernel.measure("pixels of the kernel for 224")
def _(reading):
    return reading(224)


@kernel.measure("weight of a Gaussian of sigma 2 that is beyond the kernel for 224")
def _(reading):
    radius = reading(224) // 2
    return float(f"{math.erfc((radius + 0.5) / (2 * math.sqrt(2))):.3g}")


sigma = paper.disagreement(
    "sigma-of-a-batch",
    "The paper blurs an image half of the time and draws its sigma. The official code draws one sigma for one view of the "
    "whole batch, blurs all of it, and then chooses which images to blur.",
    at="App. A",
    follow="paper",
)


@sigma.reading("paper", source="App. A")
def _(images, generator):
    low, high = SIGMAS
    return [uniform(low, high, generator) for _ in range(images)]


@sigma.reading("official code", source=f"{CODE}, data_util.py, batch_random_blur")
def _(images, generator):
    low, high = SIGMAS
    return [uniform(low, high, generator)] * images


@sigma.measure("different sigmas in one view of a batch of 4096")
def _(reading):
    return len(set(reading(4096, torch.Generator().manual_seed(0))))
