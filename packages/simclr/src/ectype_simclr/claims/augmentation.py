"""Data augmentation (appendix A)."""

import itertools
import math
from contextlib import ExitStack
from inspect import unwrap
from unittest.mock import patch

import torch
from ectype.traits import Homogeneous

from ectype_simclr.augmentation import augment, crop_and_flip
from ectype_simclr.claims import oracles
from ectype_simclr.claims.shared import means, module, normal, paper, refusal, uniform
from ectype_simclr.color_adjustments import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    grayscale,
)
from ectype_simclr.gaussian_blur import gaussian_blur, kernel_radius, random_blur

distortion, cropping, blurring = module("color_distortion"), module("random_crop"), module("gaussian_blur")

BOTH_WAYS = [{"factor": 0.3}, {"factor": 1.7}]
SINGLE = "torchvision turns the hue in float32"


def an_image(rng, high=5, wide=4):
    return uniform(rng, 3, high, wide)


def draws(rng, count=400):
    """Generators of their own."""
    return [torch.Generator().manual_seed(s) for s in torch.randint(2**31, (count,), generator=rng).tolist()]


# Colours

paper.component("layer", of=grayscale, traits=[Homogeneous(1)])(an_image)
paper.component("layer", of=adjust_brightness, settings=BOTH_WAYS)(an_image)
paper.component("layer", of=adjust_contrast, settings=BOTH_WAYS)(an_image)
paper.component("layer", of=adjust_saturation, settings=BOTH_WAYS)(an_image)
paper.component("layer", of=adjust_hue, settings=[{"turn": 0.15}, {"turn": -0.4}, {"turn": 0.5}])(an_image)

paper.equation("App. A", of=grayscale)(oracles.grayscale)
paper.equation("App. A", of=adjust_brightness)(oracles.brightness)
paper.equation("App. A", of=adjust_contrast)(oracles.contrast)
paper.equation("App. A", of=adjust_saturation)(oracles.saturation)
paper.equation("App. A", of=adjust_hue)(oracles.hue)


@paper.reference(of=grayscale, needs="torchvision", id="torchvision")
def _(image):
    from torchvision.transforms.functional import rgb_to_grayscale

    return rgb_to_grayscale(image, num_output_channels=3)


@paper.reference(of=adjust_brightness, needs="torchvision", id="torchvision")
def _(image, factor):
    from torchvision.transforms import functional

    return functional.adjust_brightness(image, factor)


@paper.reference(of=adjust_contrast, needs="torchvision", id="torchvision")
def _(image, factor):
    from torchvision.transforms import functional

    return functional.adjust_contrast(image, factor)


@paper.reference(of=adjust_saturation, needs="torchvision", id="torchvision")
def _(image, factor):
    from torchvision.transforms import functional

    return functional.adjust_saturation(image, factor)


@paper.reference(of=adjust_hue, needs="torchvision", id="torchvision", tolerance=1e-4, because=SINGLE)
def _(image, turn):
    from torchvision.transforms import functional

    return functional.adjust_hue(image, turn)


@paper.property("App. A", "an amount of 1, or a turn of 0, leaves the image as it is")
def no_adjustment(rng):
    image = an_image(rng)
    adjusted = [f(image, 1.0) for f in (adjust_brightness, adjust_contrast, adjust_saturation)]
    return [*adjusted, adjust_hue(image, 0.0)], [image] * 4


@paper.property("App. A", "an amount of 0 gives black, the mean luminance, or no colour")
def full_adjustment(rng):
    image = an_image(rng)
    found = [f(image, 0.0) for f in (adjust_brightness, adjust_contrast, adjust_saturation)]
    return [1 + found[0], *found[1:]], [
        torch.ones_like(image),
        grayscale(image).mean().expand(3, 5, 4),
        grayscale(image),
    ]


@paper.property("App. A", "a third of a turn sends red to green, and two halves of a turn are none")
def turns_of_hue(rng):
    image, red = an_image(rng), torch.tensor([1.0, 0.0, 0.0]).double().view(3, 1, 1)
    green = adjust_hue(red, 1 / 3).flatten()
    return [1 + green, adjust_hue(adjust_hue(image, 0.5), 0.5)], [torch.tensor([1.0, 2.0, 1.0]), image]


@paper.property("App. A", "greys have no hue, and colours of which two channels are equal have one", draws=5)
def corners_of_the_colours(rng):
    corners = torch.tensor(list(itertools.product((0.0, 0.5, 1.0), repeat=3))).double().T.reshape(3, 27, 1)
    turn = uniform(rng, 1).item() - 0.5
    return adjust_hue(corners, turn), oracles.hue(corners.numpy(), turn)


@paper.property("App. A", "amounts that cannot be meant are refused by value", draws=1)
def adjustments_are_refused(rng):
    image, generator = an_image(rng), torch.Generator()
    texts = {
        "factor must be at least 0; received -0.1": lambda: adjust_brightness(image, -0.1),
        "received -0.2": lambda: adjust_contrast(image, -0.2),
        "received -0.3": lambda: adjust_saturation(image, -0.3),
        "turn must be in [-0.5, 0.5]; received 0.6": lambda: adjust_hue(image, 0.6),
        "received -0.6": lambda: adjust_hue(image, -0.6),
        "strength must be in [0, 2.5]; received -1.0": lambda: distortion.color_jitter(
            image, -1.0, generator=generator
        ),
        "received 2.6": lambda: distortion.color_distortion(image, 2.6, generator=generator),
        "sigma must be positive; received 0.0": lambda: gaussian_blur(image, 0.0),
        "probability must be in [0, 1]; received 1.1": lambda: random_blur(image, 1.1, generator=generator),
        "received -0.1": lambda: random_blur(image, -0.1, generator=generator),
        "size must be at least 1; received 0": lambda: cropping.random_crop(image, 0, generator=generator),
        "height and width must be at least 1; received 0 and 3": lambda: cropping.random_box(0, 3, generator=generator),
    }
    allowed = (
        lambda: adjust_hue(image, -0.5),
        lambda: distortion.color_jitter(image, 2.5, generator=generator),
        lambda: random_blur(image, 1.0, generator=generator),
        lambda: random_blur(image, 0.0, generator=generator),
        lambda: cropping.random_crop(image, 1, generator=generator),
        lambda: cropping.random_box(1, 1, generator=generator),
    )
    return all(text in refusal(make) for text, make in texts.items()) and not any(map(refusal, allowed))


# Colour distortion

paper.component("sampler", of=distortion.color_jitter, settings=[{"strength": 1.0}, {"strength": 0.5}])(an_image)
paper.component("sampler", of=distortion.color_distortion, settings=[{"strength": 1.0}])(an_image)

NAMES = ("adjust_brightness", "adjust_contrast", "adjust_saturation", "adjust_hue")


def jitters(rng, strength, count=400):
    """The order of the adjustments and the amount of each, in so many draws."""
    orders, amounts = [], []
    with ExitStack() as stack:
        for name in NAMES:
            stack.enter_context(
                patch.object(distortion, name, lambda image, amount, name=name: [*image, (name, amount)])
            )
        for generator in draws(rng, count):
            made = unwrap(distortion.color_jitter)([], strength, generator=generator)
            orders.append([NAMES.index(name) for name, _ in made])
            amounts.append([dict(made)[name] for name in NAMES])
    return torch.tensor(orders).double(), torch.tensor(amounts).double()


@paper.property("App. A", "factors are uniform in 1 plus-minus 0.8 of the strength, turns in plus-minus 0.2", draws=3)
def amounts_of_the_jitter(rng):
    strength = 0.5 + 0.5 * uniform(rng, 1).item()
    _, amounts = jitters(rng, strength)
    middle, reach = torch.tensor([1.0, 1.0, 1.0, 0.0]), strength * torch.tensor([0.8, 0.8, 0.8, 0.2])
    scaled = (amounts - middle) / reach
    return torch.cat([means(scaled, 0.0), means(scaled**2, 1 / 3), scaled.abs().amax(0) < 1])


@paper.property("App. A", "above a strength of 1.25 factors do not become negative", draws=3)
def factors_are_not_negative(rng):
    _, amounts = jitters(rng, 2.0)
    scaled = amounts[:, :3] / 2.6
    return torch.cat([means(scaled, 0.5), means(scaled**2, 1 / 3), scaled.amin(0) >= 0, scaled.amax(0) <= 1])


@paper.property("App. A", "adjustments come in an order of their own each time, each place as likely", draws=3)
def orders_of_the_jitter(rng):
    orders, _ = jitters(rng, 1.0)
    every = (orders.sort(dim=-1).values == torch.arange(4)).all()
    return torch.cat([every.view(1), *(means((orders == which).double(), 0.25) for which in range(4))])


@paper.property("App. A", "colours are jittered in 80 % of the views, and dropped in 20 %", draws=3)
def probabilities_of_the_distortion(rng):
    image, found = an_image(rng), []
    with patch.object(distortion, "color_jitter", lambda image, strength, generator: 0.5 * image):
        for generator in draws(rng):
            view = distortion.color_distortion(image, generator=generator)
            dropped = torch.equal(view[0], view[1])
            jittered = view.sum() < 0.75 * image.sum()
            found.append([float(jittered), float(dropped), float(jittered and dropped)])
    return means(torch.tensor(found), [0.8, 0.2, 0.16])


@paper.property("App. A", "what is dropped is the colour after jittering, of the strength that was asked for", draws=30)
def distortion_step_by_step(rng):
    image, seed = an_image(rng), int(torch.randint(2**31, (), generator=rng))
    twin = torch.Generator().manual_seed(seed)
    jitters_if, drops_if = torch.rand(2, generator=twin).tolist()
    view = distortion.color_jitter(image, 0.7, generator=twin) if jitters_if < 0.8 else image
    view = grayscale(view) if drops_if < 0.2 else view
    return distortion.color_distortion(image, 0.7, generator=torch.Generator().manual_seed(seed)), view


@paper.property("Tab. 1", "the strength is 1 unless it is given, and a strength of 0 does not jitter", draws=5)
def strengths(rng):
    image, seed = an_image(rng), int(torch.randint(2**31, (), generator=rng))

    def again():
        return torch.Generator().manual_seed(seed)

    left = [
        distortion.color_jitter(image, generator=again()),
        distortion.color_distortion(image, generator=again()),
        distortion.color_jitter(image, 0.0, generator=again()),
        augment(image, 4, generator=again()),
    ]
    return left, [
        distortion.color_jitter(image, 1.0, generator=again()),
        distortion.color_distortion(image, 1.0, generator=again()),
        image,
        augment(image, 4, 1.0, 0.5, generator=again()),
    ]


# Random crop

paper.component("sampler", of=cropping.random_box)(lambda rng, height=9, width=7: (height, width))
paper.component("sampler", of=cropping.random_crop, settings=[{"size": 4}])(an_image)
paper.component("sampler", of=crop_and_flip, settings=[{"size": 4}])(an_image)

HIGH, WIDE = 1500, 1000


def boxes(rng, count=600):
    """Boxes in a large image, as shares of it, of those so small that they fit in any shape."""
    found = torch.tensor([cropping.random_box(HIGH, WIDE, generator=g) for g in draws(rng, count)]).double()
    shares = found / torch.tensor([HIGH, WIDE, HIGH, WIDE])
    return shares[shares[:, 2] * shares[:, 3] < 0.745]


@paper.property("App. A", "the area of a crop is uniform from 0.08 of the image on", draws=3)
def areas_of_crops(rng):
    *_, high, wide = boxes(rng).T
    area = (high * wide - 0.08) / (0.745 - 0.08)
    return torch.cat([means(torch.stack([area, area**2], dim=-1), [1 / 2, 1 / 3]), area.min().view(1) > -0.01])


@paper.property("App. A", "its shape is from 3/4 to 4/3 of the image's, as often wider as higher", draws=3)
def shapes_of_crops(rng):
    *_, high, wide = boxes(rng).T
    scaled = (wide / high).log() / math.log(4 / 3)
    inside = scaled.abs().max().view(1) < 1.01
    return torch.cat([means(torch.stack([scaled, scaled**2], dim=-1), [0.0, 1 / 3]), inside])


@paper.property("App. A", "it lies anywhere in the image, as likely as anywhere else", draws=3)
def places_of_crops(rng):
    top, left, high, wide = boxes(rng).T
    places = torch.stack([top / (1 - high), left / (1 - wide)], dim=-1)
    inside = (places.amin(0) >= 0) & (places.amax(0) < 1 + 1e-9)
    return torch.cat([means(places, 1 / 2), means(places**2, 1 / 3), inside])


@paper.property("App. A", "crops touch every border of a small image, and never leave it", draws=3)
def borders(rng):
    found = torch.tensor([cropping.random_box(4, 5, generator=g) for g in draws(rng)])
    ends = found[:, :2] + found[:, 2:]
    least = [*found.amin(0).tolist(), *ends.amax(0).tolist()]
    sizes = found[:, 2:].amax(0).tolist()
    return [*least, *sizes], [0, 0, 1, 1, 4, 5, 4, 5]


@paper.property("App. A", "ten boxes are tried, and where none fits the whole image is taken", draws=3)
def whole_image(rng):
    long = [cropping.random_box(1, 400, generator=generator) for generator in draws(rng, 50)]
    with patch.object(cropping, "ATTEMPTS", 0):
        none = cropping.random_box(6, 7, generator=torch.Generator())
    tried = []
    with patch.object(cropping.math, "sqrt", lambda area: tried.append(area) or 1e9):
        cropping.random_box(6, 7, generator=torch.Generator())
    return [*none, min(box[2] for box in long), len(tried)], [0, 0, 6, 7, 1, 20]


@paper.property("App. A", "it is torchvision's resized crop of the box that is drawn", needs="torchvision")
def resized_crop(rng):
    from torchvision.transforms.functional import resized_crop

    image, seed = uniform(rng, 3, 20, 30), int(torch.randint(2**31, (), generator=rng))
    box = cropping.random_box(20, 30, generator=torch.Generator().manual_seed(seed))
    ours = cropping.random_crop(image, 9, generator=torch.Generator().manual_seed(seed))
    return ours, resized_crop(image, *box, [9, 9], antialias=True)


@paper.property("App. A", "half of the crops are flipped from left to right", draws=3)
def flips(rng):
    image, found = an_image(rng), []
    for generator in draws(rng):
        twin = torch.Generator()
        twin.set_state(generator.get_state())
        crop = cropping.random_crop(image, 6, generator=twin)
        view = crop_and_flip(image, 6, generator=generator)
        found.append([float(torch.equal(view, crop.flip(-1))), float(torch.equal(view, crop))])
    return means(torch.tensor(found), 0.5)


# Gaussian blur


@paper.component("layer", of=gaussian_blur, settings=[{"sigma": 0.4}, {"sigma": 2.0}], traits=[Homogeneous(1)])
def a_high_image(rng, high=43, wide=3, channels=1):
    return normal(rng, channels, high, wide)


paper.component("sampler", of=random_blur, settings=[{"probability": 0.5}])(
    lambda rng, high=40, wide=8: uniform(rng, 3, high, wide)
)
paper.equation("App. A", of=gaussian_blur)(oracles.blur)


@paper.reference(of=gaussian_blur, needs="scipy")
def scipy_gaussian_filter(image, sigma):
    from scipy.ndimage import gaussian_filter1d

    def along(axis):
        radius = image.shape[-2] // 10 // 2
        kernel = gaussian_filter1d([0.0] * radius + [1.0] + [0.0] * radius, sigma, mode="constant", radius=radius)
        size = image.shape[axis]
        matrix = torch.zeros(size, size, dtype=image.dtype)
        for offset in range(-radius, radius + 1):
            matrix += kernel[radius + offset] * torch.diag(torch.ones(size - abs(offset)), offset).to(image)
        return matrix

    return along(-2) @ image @ along(-1)


@paper.property("App. A", "inside, blurring is torchvision's; at the border torchvision mirrors", needs="torchvision")
def inside_of_a_blur(rng):
    from torchvision.transforms.functional import gaussian_blur as theirs

    image = normal(rng, 3, 60, 50)
    return gaussian_blur(image, 1.3)[:, 3:-3, 3:-3], theirs(image, [7, 7], [1.3, 1.3])[:, 3:-3, 3:-3]


@paper.property("App. A", "half of the views are blurred, by sigmas uniform in 0.1 to 2.0", draws=3)
def random_blurs(rng):
    image, sigmas, blurred = uniform(rng, 3, 40, 8), [], []
    with patch.object(blurring, "gaussian_blur", lambda image, sigma: sigma):
        for generator in draws(rng):
            view = unwrap(random_blur)(image, generator=generator)
            blurred.append(float(view is not image))
            sigmas += [(view - 0.1) / 1.9] if view is not image else []
    scaled = torch.tensor(sigmas).view(-1, 1)
    inside = ((scaled > 0) & (scaled < 1)).all().view(1)
    return torch.cat(
        [means(torch.tensor(blurred).view(-1, 1), 0.5), means(scaled, 1 / 2), means(scaled**2, 1 / 3), inside]
    )


@paper.claim("App. A", "size of the kernel, % of the height of a view of 224 pixels", printed="10")
def size_of_the_kernel():
    return 100 * (2 * kernel_radius(224) + 1) / 224


@paper.property("App. A", "what is made inside is made where the image is", draws=1)
def made_where_the_image_is(rng):
    image = uniform(rng, 3, 30, 4)
    changes = (lambda x: gaussian_blur(x, 1.2), lambda x: adjust_hue(x, 0.3), lambda x: adjust_brightness(x, 0.5))
    with torch.device("meta"):
        found = [change(image) for change in changes]
    return found, [change(image) for change in changes]


# All together

paper.component(
    "sampler",
    of=augment,
    settings=[{"size": 6, "strength": 1.0, "blur": 0.5}, {"size": 4, "strength": 0.5, "blur": 0.0}],
)(an_image)


@paper.property("Sec. 2.1", "a view is cropped and flipped, then distorted, then blurred")
def order_of_augmentations(rng):
    image, seed = uniform(rng, 3, 30, 25), int(torch.randint(2**31, (), generator=rng))
    twin = torch.Generator().manual_seed(seed)
    view = crop_and_flip(image, 24, generator=twin)
    view = distortion.color_distortion(view, 0.6, generator=twin)
    view = random_blur(view, 0.7, generator=twin)
    return augment(image, 24, 0.6, 0.7, generator=torch.Generator().manual_seed(seed)), view


@paper.claim("Tab. 3", "random guess, colour against grayscale", printed="80", unit="%")
def guess_of_colour():
    return 100 * max(distortion.DROP_PROBABILITY, 1 - distortion.DROP_PROBABILITY)
