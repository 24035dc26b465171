"""One optimisation step on PyTorch, for machines whose GPU has nothing else."""

from collections.abc import Callable


def make_step(players, against: bool) -> Callable:
    """An (lr, hr) -> {loss: value}; `against` trains the discriminator too.

    Both gradients are taken from the same weights, then both networks change.
    """
    import torch
    from keras import ops

    own = players.generator.trainable_variables
    its = players.critic.trainable_variables if against else []

    def step(lr, hr):
        lr, hr = ops.convert_to_tensor(lr), ops.convert_to_tensor(hr)
        values, wanted, judged = players.losses(lr, hr, against)
        gradients = torch.autograd.grad(wanted, [v.value for v in own], retain_graph=against)
        if against:
            theirs = torch.autograd.grad(judged, [v.value for v in its])
        with torch.no_grad():
            if against:
                players.critic_optimizer.apply(list(theirs), its)
            players.optimizer.apply(list(gradients), own)
        return {name: value.detach() for name, value in values.items()}

    return step
