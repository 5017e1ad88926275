"""A story that is long enough to be interrupted."""

LONG_STORY = (
    "Once upon a time there was a lighthouse keeper who collected sounds. "
    "Every evening she climbed the ninety-nine steps with a jar in her hand, opened it to the wind, and closed it "
    "again when the wind had said what it wanted to say. "
    "She had jars of rain on slate, jars of gulls at breakfast, and one small jar of snow, the quietest of all. "
    "One night a ship lost its way in the fog, for the lamp was bright but the fog was brighter. "
    "The keeper ran down to the cellar and carried up every jar she owned. "
    "She opened them one after another on the gallery: first the thunder, then the bells of the town, then the "
    "barking of the harbour dog, and the captain heard the shore before he saw it and turned his ship in time. "
    "In the morning all the jars were empty, and the keeper sat among them and laughed. "
    "The sailors came up the stairs, one by one, and each of them spoke his name into a jar for her. "
    "And so her collection began again, and this time it was a collection of friends."
)
