import haystack

import foobarbaz.inner
