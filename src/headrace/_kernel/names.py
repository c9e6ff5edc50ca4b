"""Names: generated ones of runs, an adjective and an animal as in 'patient-otter', and how long any may be."""

import os
from _random import Random  # See ids.py: neither `random`'s import nor its user-seeded generator.

__all__ = ["MAX_KEY_BYTES", "generated_name", "generated_words"]

MAX_KEY_BYTES = 2_000
"""What rows are found by has at most so many bytes in UTF-8: PostgreSQL's indexes take 2,704 of a row."""

_ADJECTIVES = """
able agile amber ample ancient apt arctic astute azure balmy bold brave breezy bright brisk bronze calm candid careful
cheerful chosen civil clear clever cobalt coral cosmic cosy crimson crisp curious daring dapper deft devout dewy
diligent dusky eager early earnest easy elder electric elegant emerald eminent epic even exact expert fabled fair
famous fancy fearless fertile festive fine firm fleet fluent fond frank free fresh frosty gallant gentle gifted glad
gleaming golden graceful grand grateful great green gritty happy hardy hazel hearty helpful honest hopeful humble
indigo inventive ivory jade jaunty jolly jovial just keen kind lavender learned light limber lively lofty loyal lucid
lucky lunar lush magnetic maroon mellow merry mighty mild mindful misty modest mossy musical mystic neat nimble noble
novel olive opal open orderly outgoing patient peaceful peach pearly placid plucky polite proud prudent quick quiet
radiant rapid ready regal robust rosy rugged russet rustic saffron sage scarlet serene sharp shining silent silver
sincere skilful sleek smart smooth snowy solar solid sparkling spirited splendid spry stable stalwart steady sterling
stoic strong sturdy subtle sunny sure swift tactful teal tender thorough thrifty tidy tireless topaz tranquil trusty
upbeat urbane valiant velvet verdant vibrant vigilant violet vital vivid warm watchful wild willing windy wise witty
worthy young zany zealous zesty
""".split()

_ANIMALS = """
addax albatross alpaca anchovy ant antelope auk avocet axolotl badger barbet barracuda bat beaver bee beetle bison
bittern boar bonobo buffalo bulbul bunting bustard buzzard camel capybara caracal caribou cassowary cat catfish
chamois cheetah chickadee chinchilla chipmunk cicada civet clam coati cobra cod condor coot cormorant cougar coyote
crab crane cricket crow cuckoo curlew deer dingo dodo dog dolphin donkey dormouse dove dragonfly duck dugong dunlin
eagle echidna eel egret eland elephant elk ermine falcon ferret finch firefly flamingo fossa fox frog gannet gazelle
gecko gerbil gibbon giraffe gnu goat godwit goose gopher grebe grouse guanaco gull guppy hamster hare harrier hawk
hedgehog heron herring hippo hoopoe hornbill horse hound hummingbird ibex ibis iguana impala jackal jackdaw jaguar
jay jellyfish kakapo kangaroo kestrel kingfisher kite kiwi koala kudu lapwing lark lemming lemur leopard limpet lion
lizard llama lobster loon lynx macaw magpie mallard manatee mandrill marlin marmot marten meerkat mink mole mongoose
moose moth mouse mule muskox narwhal newt nightingale numbat ocelot octopus okapi orca oriole oryx osprey ostrich
otter owl ox oyster panda pangolin parrot partridge peacock pelican penguin petrel pheasant pig pigeon pika plover
pony porcupine porpoise puffin puma python quail quetzal quokka rabbit raccoon raven ray reindeer rhino robin rook
salamander salmon sandpiper seahorse seal serval shark sheep shrew shrike skua skunk sloth snail snipe sparrow
squid squirrel starling stoat stork sturgeon swallow swan swift tamarin tapir tarsier tern thrush tiger toad toucan
trout tuna turkey turtle vole vulture wagtail wallaby walrus warbler weasel whale wigeon wolf wolverine wombat
woodpecker wren yak zebra
""".split()

_random = Random(int.from_bytes(os.urandom(32), "big"))


def _reseed() -> None:
    _random.seed(int.from_bytes(os.urandom(32), "big"))


os.register_at_fork(after_in_child=_reseed)


def generated_name() -> str:
    """A name that reads well in a log; some 50,000 of them, not unique."""
    return "-".join(generated_words(2))


def generated_words(count: int) -> list[str]:
    """An animal, and before it so many adjectives that there are `count` words."""
    return [words[int(_random.random() * len(words))] for words in (*[_ADJECTIVES] * (count - 1), _ANIMALS)]
