"""One optimisation step on TensorFlow."""

from collections.abc import Callable


def make_step(players, against: bool) -> Callable:
    """A compiled (lr, hr) -> {loss: value}; `against` trains the discriminator too.

    Both gradients are taken from the same weights, then both networks change.
    """
    import tensorflow as tf

    own = players.generator.trainable_variables
    its = players.critic.trainable_variables if against else []
    batch, side = players.settings.batch, players.settings.patch
    low = tf.TensorSpec((batch, side // players.scale, side // players.scale, 3), tf.float32)
    high = tf.TensorSpec((batch, side, side, 3), tf.float32)

    @tf.function(input_signature=[low, high])
    def step(lr, hr):
        with tf.GradientTape(persistent=against) as tape:
            values, wanted, judged = players.losses(lr, hr, against)
        gradients = tape.gradient(wanted, own)
        if against:
            players.critic_optimizer.apply(tape.gradient(judged, its), its)
        players.optimizer.apply(gradients, own)
        return values

    return step
