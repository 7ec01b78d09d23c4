"""The dialect of terminals that push over HTTP (iclock, ADMS): what they say, and what is answered. Pure."""
